import { decodeBase64url, encodeBase64url } from './base64url.ts'

const plainWord = /^[a-z0-9]+$/
/** Control characters except the newline, and lone surrogates, which UTF-8 cannot encode. */
const unprintable = /[^\P{Cc}\n]|\p{Cs}/u
// Without ignoreBOM a leading U+FEFF is dropped, and two texts would share one canonical form.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Encodes free text for a URL: a plain word stays as it is, any other text becomes `~` and base64url with `.` instead
 * of `_`. Undefined for an empty text and for one with unprintable characters.
 */
export function encodeText(text: string): string | undefined {
  if (plainWord.test(text)) return text
  if (text === '' || unprintable.test(text)) return undefined
  return `~${encodeBase64url(new TextEncoder().encode(text)).replaceAll('_', '.')}`
}

/** The inverse of `encodeText`. It also accepts a plain word in base64url; undefined for any other text. */
export function decodeText(token: string): string | undefined {
  if (plainWord.test(token)) return token
  if (!token.startsWith('~') || token.includes('_')) return undefined
  const bytes = decodeBase64url(token.slice(1).replaceAll('.', '_'))
  const text = bytes && decodeUtf8(bytes)
  return text === undefined || text === '' || unprintable.test(text) ? undefined : text
}

/** The length of a text in bytes of UTF-8. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Percent-encodes a text (RFC 3986), also the characters that `more` finds: JavaScript leaves `!'()*` as they are. */
export function percentEncode(text: string, more: RegExp): string {
  return encodeURIComponent(text).replace(
    more,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
