import { createHmac, timingSafeEqual } from 'node:crypto'
import { type SignedRequest, signatureMessage } from './signed-url.ts'

/** The fields of a signing key that verification needs. */
export interface VerifyingKey {
  readonly id: string
  /** The HMAC key, 32 bytes. */
  readonly secret: Uint8Array
  readonly state: 'active' | 'retiring' | 'revoked'
}

const signaturePattern = /^[\w-]{43}$/
const expiryPattern = /^\d{1,12}$/

/** Whether a text has the form of a signature. Any other text can be rejected before keys are looked up. */
export function isSignatureShaped(text: string | undefined): boolean {
  return text !== undefined && signaturePattern.test(text)
}

/** Signs a message: base64url(HMAC-SHA256(secret, message)), 43 characters. */
export function signMessage(secret: Uint8Array, message: string): string {
  return createHmac('sha256', secret).update(message).digest('base64url')
}

/**
 * Finds the key that signed a request; undefined when the signature is missing or wrong, or its key revoked or unknown.
 * With `k` only that key is tried, without it every key that is not revoked. The expiry is not checked here.
 */
export function findSigningKey<Key extends VerifyingKey>(
  ring: readonly Key[],
  request: SignedRequest,
): Key | undefined {
  const { e, k, s } = request
  const message = signatureMessage(request)
  if (message === undefined || s === undefined || !signaturePattern.test(s)) return undefined
  if (e !== undefined && !expiryPattern.test(e)) return undefined
  const candidates = ring.filter(key => key.state !== 'revoked' && (k === undefined || key.id === k))
  return candidates.find(key => isEqual(s, signMessage(key.secret, message)))
}

/** Whether a verified expiry (Unix seconds) has passed. A URL without one never expires. */
export function isExpired(e: string | undefined, nowMs: number): boolean {
  return e !== undefined && nowMs >= Number(e) * 1000
}

/**
 * Compares in constant time. It compares the texts, not the decoded bytes: the last character has two unused bits, so
 * four texts decode to the same bytes and only one of them is valid.
 */
function isEqual(given: string, expected: string): boolean {
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}
