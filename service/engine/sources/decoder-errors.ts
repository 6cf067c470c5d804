import { DarkroomError, messageOf } from '../../errors/catalogue.ts'

/** The names that libvips gives to its decoders in errors, by format. */
const decoders = {
  JPEG: 'VipsJpeg',
  PNG: String.raw`vips_?png|pngload\w*`,
  TIFF: 'tiff2vips',
  GIF: String.raw`gifload\w*`,
  WebP: String.raw`webp(?:2vips|load\w*)?`,
  AVIF: String.raw`heif(?:load\w*)?`,
}
const anyDecoder = Object.values(decoders).join('|')
const decoderLine = new RegExp(`^(?:${anyDecoder}):`, 'm')
/** A decoder's error. On the same line, text of sharp may come before it. */
const decoderReason = new RegExp(String.raw`(?:^|\s)(${anyDecoder}): (.+)`, 'gm')

/**
 * Whether a decoder attributes an error to the file. libvips prefixes a loader's errors with its name, but the first line
 * may come from the operation that read the pixels.
 */
export function isLoaderError(error: unknown): boolean {
  return decoderLine.test(messageOf(error))
}

/** The decoder's own message helps the owner of a damaged file. It contains no path. */
export function undecodableError(error: unknown): DarkroomError {
  const reason = reasonOf(messageOf(error).trim())
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 120)
  return new DarkroomError('undecodable', `the image cannot be decoded: ${reason}`, { cause: error })
}

/** The last message of a decoder with the name of its format, or what sharp says. */
function reasonOf(message: string): string {
  const [, decoder = '', reason] = [...message.matchAll(decoderReason)].at(-1) ?? []
  const format = Object.entries(decoders).find(([, names]) => new RegExp(`^(?:${names})$`).test(decoder))
  if (format && reason) return `${format[0]} decoder: ${reason.trim()}`
  if (/^Input (file|buffer) (has corrupt header|contains unsupported)/.test(message))
    return 'its header is damaged or of an unsupported kind'
  if (/^unknown error$/i.test(message)) return 'its data is damaged'
  return message.split('\n').at(-1) ?? message
}
