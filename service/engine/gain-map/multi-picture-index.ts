import { jpegSegment } from './gain-map-metadata.ts'

/**
 * The index of several images in one file (CIPA DC-007, Multi-Picture Format): a small TIFF in an APP2 segment. Offsets
 * are relative to the first byte of that TIFF.
 */
const header = 'MPF\0'

const versionTag = 0xb000
const numberTag = 0xb001
const entryTag = 0xb002
const entryBytes = 16
/** Maximum number of tags and images that are read. Phones write two or three of each. */
const maxEntries = 16

/** Whether a segment is a multi-picture index. */
export const isMultiPictureIndex = (bytes: Buffer) =>
  bytes[1] === 0xe2 && bytes.toString('latin1', 4, 8) === header

/**
 * The images after the first one.
 * @param at offset of the index segment in the file
 * @returns the images that lie within the file; none when the index is damaged
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

/** @throws RangeError when the index is truncated */
function entriesOf(index: Buffer): { offset: number; length: number }[] {
  const isLittleEndian = index.toString('latin1', 0, 2) === 'II'
  const short = (at: number) => (isLittleEndian ? index.readUInt16LE(at) : index.readUInt16BE(at))
  const long = (at: number) => (isLittleEndian ? index.readUInt32LE(at) : index.readUInt32BE(at))
  const tags = long(4)
  const count = Math.min(short(tags), maxEntries)
  const found = Array.from({ length: count }, (_, tag) => tags + 2 + 12 * tag).find(
    at => short(at) === entryTag,
  )
  if (found === undefined) return []
  const imageCount = Math.min(Math.floor(long(found + 4) / entryBytes), maxEntries)
  const entries = Array.from({ length: imageCount }, (_, entry) => long(found + 8) + entry * entryBytes)
  // the first image has offset 0, as it is the file itself
  return entries
    .map(at => ({ length: long(at + 4), offset: long(at + 8) }))
    .filter(({ offset }) => offset > 0)
}

/** Size of the index that `writeMultiPictureIndex` writes, in bytes. */
export const multiPictureIndexBytes = 4 + header.length + 8 + 2 + 3 * 12 + 4 + 2 * entryBytes

/**
 * An index of two images, the second of which directly follows the first.
 * @param first,second lengths in bytes
 * @param at offset of the index in the first
 */
export function writeMultiPictureIndex(first: number, second: number, at: number): Buffer {
  const tiff = Buffer.alloc(multiPictureIndexBytes - 4 - header.length)
  const tag = (index: number, [name, type, count]: readonly [number, number, number]) => {
    tiff.writeUInt16BE(name, 10 + 12 * index)
    tiff.writeUInt16BE(type, 12 + 12 * index)
    tiff.writeUInt32BE(count, 14 + 12 * index)
  }
  const entries = tiff.length - 2 * entryBytes
  tiff.write('MM\0*\0\0\0\x08\0\x03', 'latin1')
  tag(0, [versionTag, 7, 4])
  tiff.write('0100', 18, 'latin1')
  tag(1, [numberTag, 4, 1])
  tiff.writeUInt32BE(2, 30)
  tag(2, [entryTag, 7, 2 * entryBytes])
  tiff.writeUInt32BE(entries, 42)
  // the primary image, of type baseline
  tiff.writeUInt32BE(0x030000, entries)
  tiff.writeUInt32BE(first, entries + 4)
  tiff.writeUInt32BE(second, entries + entryBytes + 4)
  tiff.writeUInt32BE(first - at - 4 - header.length, entries + entryBytes + 8)
  return jpegSegment(0xe2, Buffer.concat([Buffer.from(header, 'latin1'), tiff]))
}
