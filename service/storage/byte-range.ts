import { DarkroomError } from '../errors/catalogue.ts'
import type { ByteRange } from './store.ts'

/** Refuses ends that are no byte positions: a mistake in the program (`end` may be `Infinity`: to the last byte). */
export function checkByteRange({ start, end }: ByteRange): void {
  const wholeEnd = Number.isInteger(end) || end === Number.POSITIVE_INFINITY
  if (!Number.isInteger(start) || !wholeEnd || start < 0 || end < start)
    throw new DarkroomError('internal', 'A byte range is not well formed')
}

/** The part of a range that lies inside an object of `totalBytes`; `range-not-satisfiable` when there is none. */
export function clipByteRange(range: ByteRange, totalBytes: number): ByteRange {
  checkByteRange(range)
  if (range.start >= totalBytes) throw rangeNotSatisfiable()
  return { start: range.start, end: Math.min(range.end, totalBytes - 1) }
}

/** The refusal of a range that begins behind the last byte. */
export function rangeNotSatisfiable(cause?: unknown): DarkroomError {
  return new DarkroomError('range-not-satisfiable', 'The range begins after the last byte', { cause })
}
