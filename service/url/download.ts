import { badUrl } from './bad-url.ts'
import { percentEncode, utf8Length } from './text.ts'

/** The longest file name, in bytes of UTF-8: file systems take 255, with an extension. */
export const maxDownloadBytes = 200

/** Control and format characters, line separators and lone surrogates: a name may not hide a part of itself. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/**
 * Decodes the parameter `dl` of a verified URL: the name of the file that a browser saves.
 * @throws DarkroomError `bad-url`
 */
export function parseDownload(sent: string): string {
  const name = sent.length <= 3 * maxDownloadBytes && /^[!-~]+$/.test(sent) ? decode(sent) : undefined
  if (name === undefined || !isFileName(name)) throw badDownload('dl', ', percent-encoded')
  return name
}

/**
 * Encodes such a name. Only unreserved characters stay as they are, because programs that parse URLs encode others, such
 * as the apostrophe, and the signature covers the URL as sent.
 * @throws DarkroomError `bad-url`
 */
export function printDownload(name: string): string {
  if (!isFileName(name)) throw badDownload('download')
  return percentEncode(name, /[!'()*]/g)
}

/** Whether a text can be the name of a saved file. Never a path, and no hidden file. */
export function isFileName(name: string): boolean {
  const isPlain = !invisible.test(name) && !/[/\\]/.test(name) && name === name.trim()
  return isPlain && name !== '' && !name.startsWith('.') && utf8Length(name) <= maxDownloadBytes
}

/** What a name must be, for an error. */
export const fileNameRule = (encoded = '') =>
  `must be a file name of 1 to ${maxDownloadBytes} bytes${encoded}, without slashes, control characters and a dot at its start`

const badDownload = (field: string, encoded = '') => badUrl(`${field}: ${fileNameRule(encoded)}`)

function decode(sent: string): string | undefined {
  try {
    return decodeURIComponent(sent)
  } catch {
    return undefined
  }
}
