import { createHmac, timingSafeEqual } from 'node:crypto'
import { type SignedRequest, signatureMessage } from './signed-url.ts'

/** A signing key as verification needs it. */
export interface VerifyingKey {
  readonly id: string
  /** The HMAC key itself: 32 bytes. */
  readonly secret: Uint8Array
  readonly state: 'active' | 'retiring' | 'revoked'
}

const signatureForm = /^[\w-]{43}$/
const expiryForm = /^\d{1,12}$/

/** Whether a text can be a signature at all: what cannot needs no key. */
export function isSignatureShaped(text: string | undefined): boolean {
  return text !== undefined && signatureForm.test(text)
}

/** base64url(HMAC-SHA256(secret, message)): 43 characters. */
export function signMessage(secret: Uint8Array, message: string): string {
  return createHmac('sha256', secret).update(message).digest('base64url')
}

/**
 * The key that signed a request, or undefined: unsigned, wrong, or signed by a key that is revoked or unknown.
 * With `k` only that key counts; without it every key that is not revoked is tried. Expiry is not looked at.
 */
export function findSigningKey<Key extends VerifyingKey>(
  ring: readonly Key[],
  request: SignedRequest,
): Key | undefined {
  const { e, k, s } = request
  const message = signatureMessage(request)
  if (message === undefined || s === undefined || !signatureForm.test(s)) return undefined
  if (e !== undefined && !expiryForm.test(e)) return undefined
  const candidates = ring.filter(key => key.state !== 'revoked' && (k === undefined || key.id === k))
  return candidates.find(key => isEqual(s, signMessage(key.secret, message)))
}

/** Whether a verified expiry (Unix seconds) has come; a URL without one never expires. */
export function isExpired(e: string | undefined, nowMs: number): boolean {
  return e !== undefined && nowMs >= Number(e) * 1000
}

/**
 * In constant time. The texts are compared, not the bytes that they stand for: the last character has two spare
 * bits, so that four texts decode to the same signature and only one of them is it.
 */
function isEqual(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}
