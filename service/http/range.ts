import { DarkroomError } from '../errors/catalogue.ts'
import type { ByteRange } from '../storage/store.ts'

const single = /^bytes=(\d{0,15})-(\d{0,15})$/

/**
 * The range that a request asks for (RFC 9110, section 14), within a file of `bytes` bytes. Undefined means the
 * whole file: no range, one of another unit, several at once, or one whose `If-Range` names other bytes.
 * @throws DarkroomError `range-not-satisfiable`
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
    throw new DarkroomError('range-not-satisfiable', `the image has ${file.bytes} bytes`)
  }
  return range
}
