import { equal } from 'node:assert/strict'
import fc from 'fast-check'
import { DarkroomError } from '../errors/catalogue.ts'
import t from '../test/support/tap.ts'
import { parseDerivative } from './grammar.ts'
import { printDerivative } from './print.ts'
import { arbitraryAddress, table } from './samples.test.data.ts'
import { findSigningKey, isExpired, signMessage, type VerifyingKey } from './signature.ts'
import { parseSignedUrl, parseUserId, printSignedUrl, signatureMessage } from './signed-url.ts'

const key = (id: string, fill: number, state: VerifyingKey['state'] = 'active'): VerifyingKey => {
  return { id, secret: new Uint8Array(32).fill(fill), state }
}
const ring = [key('key1', 1), key('key2', 2, 'retiring'), key('key3', 3, 'revoked')]
const path = '/processed/abcdef/ghijkl_resize_w-300.webp'

/** The id of the key that signed a raw URL, if any. */
function signer(rawUrl: string): string | undefined {
  try {
    return findSigningKey(ring, parseSignedUrl(rawUrl))?.id
  } catch (error) {
    if (error instanceof DarkroomError && error.code === 'bad-signature') return undefined
    throw error
  }
}

function signedBy({ secret }: VerifyingKey, parts: Parameters<typeof printSignedUrl>[0]): string {
  return printSignedUrl(parts, signMessage(secret, signatureMessage(parts)!))
}

t.test('signatures equal those of another HMAC implementation', async t => {
  // printf %s "$message" | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101… -binary | basenc --base64url
  t.equal(signMessage(ring[0]!.secret, path), 'YRGn1rpFaUqi_uNmaYf-5ySvCAZLBcnAEU5Gc2cY_hY')
  t.equal(
    signMessage(ring[0]!.secret, `${path}?e=1800000000&k=key1`),
    'vmvYFeAJJRPBXgY1_fzQ5bqSlG8bcaPJIAW_X1oaKTE',
  )
})

t.test('the signed message has the present parameters in a fixed order', async t => {
  t.equal(signatureMessage({ path }), path)
  t.equal(signatureMessage({ path, k: 'key1', e: '1' }), `${path}?e=1&k=key1`)
  t.equal(signatureMessage({ path, p: 'web', e: '1' }), '/processed/abcdef/ghijkl?e=1&p=web')
  t.equal(signatureMessage({ path, dl: 'a%20b', k: 'key1' }), `${path}?k=key1&dl=a%20b`)
  t.equal(signatureMessage({ path, dl: 'a', p: 'web' }), '/processed/abcdef/ghijkl?p=web&dl=a')
  t.equal(
    signatureMessage({ path: '/processed/abcdef/ghijkl.jpg', p: 'web' }),
    '/processed/abcdef/ghijkl?p=web',
  )
  t.equal(signatureMessage({ path: '/processed/abcdef/ghijkl%5Fresize.jpg', p: 'web' }), undefined)
  t.equal(signatureMessage({ path: '/raw/abcdef/ghijkl-orig.jpg', p: 'web' }), undefined)
})

t.test('a signed URL is split without decoding, and other parameters are ignored', async t => {
  const parsed = parseSignedUrl('/a?s=1=2&utm=e&k=%6b&e=&other&dl=%41+&x?y')
  t.strictSame(parsed, { path: '/a', e: '', k: '%6b', p: undefined, dl: '%41+', s: '1=2' })
  t.strictSame(parseSignedUrl('/a'), { path: '/a' })
  for (const name of ['e', 'k', 'p', 'dl', 's']) {
    t.throws(() => parseSignedUrl(`/a?${name}=1&${name}=1`), { code: 'bad-signature', status: 403 })
  }
  const url = signedBy(ring[0]!, { path, k: 'key1' })
  t.equal(signer(`${url}&utm_source=x&width=3`), 'key1')
})

t.test('active and retiring keys verify, revoked and unknown keys do not', async t => {
  t.equal(signer(signedBy(ring[0]!, { path })), 'key1')
  t.equal(signer(signedBy(ring[1]!, { path })), 'key2')
  t.equal(signer(signedBy(ring[1]!, { path, k: 'key2' })), 'key2')
  t.equal(signer(signedBy(ring[1]!, { path, k: 'key1' })), undefined, 'with k only that key is tried')
  t.equal(signer(signedBy(ring[2]!, { path })), undefined)
  t.equal(signer(signedBy(ring[2]!, { path, k: 'key3' })), undefined)
  t.equal(signer(signedBy(key('key1', 9), { path, k: 'key1' })), undefined)
  t.equal(signer(path), undefined)
  t.equal(signer(`${path}?s=`), undefined)
})

t.test('a policy covers every derivative of one image', async t => {
  const { s } = parseSignedUrl(signedBy(ring[0]!, { path, k: 'key1', p: 'web' }))
  const other = '/processed/abcdef/ghijkl_blur_s-3.jpg'
  t.equal(signer(printSignedUrl({ path: other, k: 'key1', p: 'web' }, s!)), 'key1')
  t.equal(
    signer(printSignedUrl({ path: other.replace('ghijkl', 'ghijklm'), k: 'key1', p: 'web' }, s!)),
    undefined,
  )
  t.equal(signer(printSignedUrl({ path: other, k: 'key1' }, s!)), undefined)
})

t.test('an expiry has 1 to 12 digits and is checked separately', async t => {
  for (const e of ['', '-1', '1.5', '1e9', '1234567890123', ' 1', '0x1']) {
    t.equal(signer(signedBy(ring[0]!, { path, e })), undefined, e)
  }
  t.equal(signer(signedBy(ring[0]!, { path, e: '1' })), 'key1')
  t.equal(isExpired('1000', 999_999), false)
  t.equal(isExpired('1000', 1_000_000), true)
  t.equal(isExpired(undefined, 1_000_000), false)
})

t.test('a URL with one changed byte is rejected', async t => {
  const other = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))
  const expiry = fc.option(fc.nat(999_999_999_999), { nil: undefined })
  const change = fc.tuple(arbitraryAddress, expiry, fc.boolean(), fc.nat(), other)
  const property = fc.property(change, ([address, e, named, position, character]) => {
    const parts = { path: printDerivative(address, table), e: e?.toString(), k: named ? 'key1' : undefined }
    const url = signedBy(ring[0]!, parts)
    equal(signer(url), 'key1')
    const at = position % url.length
    const changed = url.slice(0, at) + character + url.slice(at + 1)
    if (changed !== url) equal(signer(changed), undefined, changed)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 2000 }))
})

t.test(
  'a signature with another last character is rejected, even when it decodes to the same bytes',
  async t => {
    const url = signedBy(ring[0]!, { path, e: '1', k: 'key1' })
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      const changed = url.slice(0, -1) + last
      t.equal(signer(changed), changed === url ? 'key1' : undefined, last)
    }
  },
)

t.test('a URL of any bytes is rejected without a crash', async t => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map(array => Buffer.from(array).toString('latin1'))
  const property = fc.property(fc.oneof(bytes, fc.string({ unit: 'binary' })), rest => {
    equal(signer(rest), undefined)
    equal(signer(`${path}?s=${rest}`), undefined)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 1000 }))
})

t.test('the user id that is verified equals the one that is parsed', async t => {
  t.equal(parseUserId(path), 'abcdef')
  t.equal(parseUserId('/raw/abcdef/ghijkl-orig.jpg'), 'abcdef')
  for (const odd of [
    '/processed/abcdeF/x',
    '/processed/abcdef',
    '/processed//abcdef/x',
    '/processed/%61bcdef/x',
    'x/raw/abcdef/',
  ]) {
    t.equal(parseUserId(odd), undefined, odd)
  }
  const encoded = fc.tuple(arbitraryAddress, fc.nat()).map(([address, position]) => {
    const plain = printDerivative(address, table)
    const at = position % plain.length
    return `${plain.slice(0, at)}%${plain.charCodeAt(at).toString(16)}${plain.slice(at + 1)}`
  })
  const property = fc.property(encoded, raw => {
    const verified = parseUserId(raw)
    if (verified !== undefined) equal(parseDerivative(raw, table).userId, verified)
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 500 }))
})
