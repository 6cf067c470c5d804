import { DarkroomError } from '../errors/catalogue.ts'
import type { ByteRange } from '../storage/store.ts'

/** A range of one part, with its first or last byte possibly absent. */
const single = /^bytes=(\d{0,15})-(\d{0,15})$/

/**
 * The requested byte range (RFC 9110, section 14) of a file with `bytes` bytes. Undefined means the whole file: the
 * request has no `Range` header, or one with another unit, several parts or an invalid form, or its `If-Range` header
 * names another entity tag.
 * @throws DarkroomError `range-not-satisfiable` for a range behind the end of the file
 */
export function parseRange(
  headers: { range?: string | undefined; ifRange?: string | undefined },
  file: { bytes: number; etag: string },
): ByteRange | undefined {
  const [, first = '', last = ''] = single.exec(headers.range ?? '') ?? []
  if (first === '' && last === '') return undefined
  if (headers.ifRange !== undefined && headers.ifRange !== file.etag) return undefined
  const end = file.bytes - 1
  const range =
    first === ''
      ? { start: Math.max(0, file.bytes - Number(last)), end }
      : { start: Number(first), end: last === '' ? end : Math.min(end, Number(last)) }
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  if (range.start > end) {
    throw new DarkroomError(
      'range-not-satisfiable',
      `range: starts behind the end of the image, which has ${file.bytes} bytes`,
    )
  }
  return range
}
