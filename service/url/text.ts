import { decodeBase64url, encodeBase64url } from './base64url.ts'

const plainWord = /^[a-z0-9]+$/
/** Control characters but the newline, and halves of surrogate pairs, which UTF-8 cannot hold. */
const unprintable = /[^\P{Cc}\n]|\p{Cs}/u
// Without ignoreBOM a leading U+FEFF would be dropped, and two texts would share one canonical form.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Free text as a URL holds it: a plain word as it is, anything else `~` and base64url with `.` in place of `_`. */
export function encodeText(text: string): string | undefined {
  if (plainWord.test(text)) return text
  if (text === '' || unprintable.test(text)) return undefined
  return `~${encodeBase64url(new TextEncoder().encode(text)).replaceAll('_', '.')}`
}

/** The inverse of `encodeText`; undefined for what it never prints, but for a plain word spelled in base64url. */
export function decodeText(token: string): string | undefined {
  if (plainWord.test(token)) return token
  if (!token.startsWith('~') || token.includes('_')) return undefined
  const bytes = decodeBase64url(token.slice(1).replaceAll('.', '_'))
  const text = bytes && readUtf8(bytes)
  return text === undefined || text === '' || unprintable.test(text) ? undefined : text
}

/** How many bytes of UTF-8 a text takes. */
export function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length
}

function readUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
