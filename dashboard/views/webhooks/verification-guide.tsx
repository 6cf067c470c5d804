import { CopyButton } from '../../components/copy.tsx'

const script = [
  'import { createHmac, timingSafeEqual } from "node:crypto"',
  '',
  '/** Takes the raw body, before it is parsed as JSON. */',
  'export function isFromDarkroom(header, body, secret) {',
  '  const [, time, signature] = /^t=(\\d+),v1=([0-9a-f]{64})$/.exec(header ?? "") ?? []',
  '  if (!time || Math.abs(Date.now() / 1000 - time) > 300) return false',
  '  const own = createHmac("sha256", secret).update(time + ".").update(body).digest()',
  '  return timingSafeEqual(own, Buffer.from(signature, "hex"))',
  '}',
].join('\n')

/** Explains how a receiver verifies that a call is from this service. */
export function VerificationGuide() {
  return (
    <div class="verifying">
      <p>
        Every call carries <code>Darkroom-Signature: t=…,v1=…</code>: the time in Unix seconds, and the
        HMAC-SHA256 of that time, a dot and the body. Its key is the text of the secret, not decoded. In
        Node.js:
      </p>
      <div class="verifying-code">
        <pre>{script}</pre>
        <CopyButton text={script} what="the verification code" />
      </div>
      <p class="hint">
        Answer with any 2xx status within ten seconds. Otherwise the call is repeated, at most ten calls in
        about nine hours. An event can arrive twice: ignore one whose id you have already processed.
      </p>
    </div>
  )
}
