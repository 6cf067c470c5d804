import { CopyButton } from '../../components/copy.tsx'

const script = [
  'import { createHmac, timingSafeEqual } from "node:crypto"',
  '',
  '/** The body as it came, before anything reads it as JSON. */',
  'export function isFromDarkroom(header, body, secret) {',
  '  const [, time, signature] = /^t=(\\d+),v1=([0-9a-f]{64})$/.exec(header ?? "") ?? []',
  '  if (!time || Math.abs(Date.now() / 1000 - time) > 300) return false',
  '  const own = createHmac("sha256", secret).update(time + ".").update(body).digest()',
  '  return timingSafeEqual(own, Buffer.from(signature, "hex"))',
  '}',
].join('\n')

/** How whoever is called knows that it was this service. */
export function Verifying() {
  return (
    <div class="verifying">
      <p>
        Every call carries <code>Darkroom-Signature: t=…,v1=…</code>: the time in Unix seconds, and the
        HMAC-SHA256 of that time, a dot and the body, keyed with the characters of the secret. In Node.js:
      </p>
      <div class="verifying-code">
        <pre>{script}</pre>
        <CopyButton text={script} what="the code that verifies" />
      </div>
      <p class="hint">
        Any answer of 2xx within ten seconds will do. Otherwise the same is told again, ten times in some nine
        hours. An event may come twice, which its id tells.
      </p>
    </div>
  )
}
