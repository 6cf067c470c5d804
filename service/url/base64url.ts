/** base64url (RFC 4648 section 5) without padding, on what browsers and Node share. */

/** The bytes as base64url, without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, byte => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The bytes of a base64url text, or undefined unless it is exactly what `encodeBase64url` would print for them. */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, character => character.charCodeAt(0))
  // Spare bits in the last character would give one text many spellings, and one derivative many keys.
  return encodeBase64url(bytes) === text ? bytes : undefined
}
