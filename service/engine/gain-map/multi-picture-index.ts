import { segment } from './gain-map-metadata.ts'

/**
 * The index by which one file holds several pictures (CIPA DC-007, Multi-Picture Format): a small TIFF in an APP2
 * segment; offsets are counted from its first byte.
 */
const header = 'MPF\0'

const versionTag = 0xb000
const numberTag = 0xb001
const entryTag = 0xb002
const entryBytes = 16
/** Tags and pictures that are looked at: a phone writes two or three of each. */
const most = 16

/** Whether a segment is the index. */
export const isMultiPictureIndex = (bytes: Buffer) =>
  bytes[1] === 0xe2 && bytes.toString('latin1', 4, 8) === header

/**
 * The pictures that follow the first one.
 * @param at where the index' segment begins in the file
 * @returns those that lie within the file; none when the index is damaged
 */
export function readMultiPictureIndex(file: Buffer, at: number): readonly Buffer[] {
  const start = at + 4 + header.length
  const index = file.subarray(start, at + 2 + file.readUInt16BE(at + 2))
  try {
    const entries = entriesOf(index).filter(({ offset, length }) => start + offset + length <= file.length)
    return entries.map(({ offset, length }) => file.subarray(start + offset, start + offset + length))
  } catch (error) {
    if (error instanceof RangeError) return []
    throw error
  }
}

/** @throws RangeError when the index ends too early */
function entriesOf(index: Buffer): { offset: number; length: number }[] {
  const little = index.toString('latin1', 0, 2) === 'II'
  const short = (at: number) => (little ? index.readUInt16LE(at) : index.readUInt16BE(at))
  const long = (at: number) => (little ? index.readUInt32LE(at) : index.readUInt32BE(at))
  const tags = long(4)
  const count = Math.min(short(tags), most)
  const found = Array.from({ length: count }, (_, tag) => tags + 2 + 12 * tag).find(
    at => short(at) === entryTag,
  )
  if (found === undefined) return []
  const pictures = Math.min(Math.floor(long(found + 4) / entryBytes), most)
  const entries = Array.from({ length: pictures }, (_, place) => long(found + 8) + place * entryBytes)
  // the first picture's offset is 0: it is the file itself
  return entries
    .map(at => ({ length: long(at + 4), offset: long(at + 8) }))
    .filter(({ offset }) => offset > 0)
}

/** Bytes of the index that `writeIndex` makes. */
export const multiPictureIndexBytes = 4 + header.length + 8 + 2 + 3 * 12 + 4 + 2 * entryBytes

/**
 * An index of two pictures, the second of which begins where the first ends.
 * @param first,second lengths in bytes
 * @param at where the index will stand in the first
 */
export function writeMultiPictureIndex(first: number, second: number, at: number): Buffer {
  const tiff = Buffer.alloc(multiPictureIndexBytes - 4 - header.length)
  const tag = (place: number, [name, type, count]: readonly [number, number, number]) => {
    tiff.writeUInt16BE(name, 10 + 12 * place)
    tiff.writeUInt16BE(type, 12 + 12 * place)
    tiff.writeUInt32BE(count, 14 + 12 * place)
  }
  const entries = tiff.length - 2 * entryBytes
  tiff.write('MM\0*\0\0\0\x08\0\x03', 'latin1')
  tag(0, [versionTag, 7, 4])
  tiff.write('0100', 18, 'latin1')
  tag(1, [numberTag, 4, 1])
  tiff.writeUInt32BE(2, 30)
  tag(2, [entryTag, 7, 2 * entryBytes])
  tiff.writeUInt32BE(entries, 42)
  // the primary picture, of the baseline type
  tiff.writeUInt32BE(0x030000, entries)
  tiff.writeUInt32BE(first, entries + 4)
  tiff.writeUInt32BE(second, entries + entryBytes + 4)
  tiff.writeUInt32BE(first - at - 4 - header.length, entries + entryBytes + 8)
  return segment(0xe2, Buffer.concat([Buffer.from(header, 'latin1'), tiff]))
}
