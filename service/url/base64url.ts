/** base64url (RFC 4648 section 5) without padding, with functions that browsers and Node share. */

/** Encodes bytes as base64url, without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, byte => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Decodes base64url; undefined unless the text is exactly what `encodeBase64url` prints for the bytes. */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return undefined
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = Uint8Array.from(binary, character => character.charCodeAt(0))
  // The last character can have unused bits. If any value of them were accepted, the same bytes could be written in
  // several ways, and the same derivative would have several keys.
  return encodeBase64url(bytes) === text ? bytes : undefined
}
