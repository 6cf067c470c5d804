import { DarkroomError } from '../errors/catalogue.ts'
import type { ByteRange } from './store.ts'

/** Rejects an invalid range; an `end` of `Infinity` is the last byte. @throws DarkroomError `internal` */
export function checkByteRange({ start, end }: ByteRange): void {
  const isValidEnd = Number.isInteger(end) || end === Number.POSITIVE_INFINITY
  if (!Number.isInteger(start) || !isValidEnd || start < 0 || end < start)
    throw new DarkroomError('internal', 'byte range: malformed')
}

/**
 * The part of a range inside an object of `totalBytes`.
 * @throws DarkroomError `range-not-satisfiable` when there is none
 */
export function clipByteRange(range: ByteRange, totalBytes: number): ByteRange {
  checkByteRange(range)
  if (range.start >= totalBytes) throw rangeNotSatisfiable()
  return { start: range.start, end: Math.min(range.end, totalBytes - 1) }
}

/** The error for a range that begins after the last byte. */
export function rangeNotSatisfiable(cause?: unknown): DarkroomError {
  return new DarkroomError('range-not-satisfiable', 'Range: begins after the last byte', { cause })
}
