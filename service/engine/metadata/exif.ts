import { decodeText } from './text-encoding.ts'

/** Tag numbers that are read (CIPA DC-008, sections 4.6.4 to 4.6.6). */
export const exifTags = {
  make: 0x10f,
  model: 0x110,
  software: 0x131,
  artist: 0x13b,
  copyright: 0x8298,
  exposureTime: 0x829a,
  fNumber: 0x829d,
  photo: 0x8769,
  iso: 0x8827,
  takenAt: 0x9003,
  flash: 0x9209,
  focalLength: 0x920a,
  lens: 0xa434,
} as const

/** A text with its padding, or the first of an entry's numbers. */
type Value = string | number
type Directory = ReadonlyMap<number, Value>

/** The two EXIF directories that are read: about the image, and about how the photo was taken. */
export interface Exif {
  readonly image: Directory
  readonly photo: Directory
}

/**
 * Limits on directory entries and bytes per text. Entries may all point at the same bytes, so 65 kB of EXIF could
 * otherwise take minutes and gigabytes.
 */
const maxEntries = 500
const maxText = 4_096

const none: Directory = new Map()

/** Reads EXIF. Skips damaged entries, and entries of a value type that none of the tags in `exifTags` uses. */
export function readExif(exif: Buffer | undefined): Exif {
  const tiff = exif?.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif
  const order = tiff?.toString('latin1', 0, 2)
  if (tiff === undefined || tiff.length < 8 || (order !== 'II' && order !== 'MM'))
    return { image: none, photo: none }
  const read = readerOf(tiff, order === 'II')
  const image = readDirectory(read, read.long(4))
  const photo = image.get(exifTags.photo)
  return { image, photo: typeof photo === 'number' ? readDirectory(read, photo) : none }
}

type Reader = ReturnType<typeof readerOf>

/** Reads within the buffer only. Anything outside is undefined. */
function readerOf(tiff: Buffer, isLittleEndian: boolean) {
  const isInside = (at: number, bytes: number) => at + bytes <= tiff.length
  return {
    short(at: number) {
      if (isInside(at, 2)) return isLittleEndian ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at)
    },
    long(at: number) {
      if (isInside(at, 4)) return isLittleEndian ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at)
    },
    /** The standard requires ASCII, but programs write UTF-8 and Latin-1. */
    text(at: number, bytes: number) {
      const text = tiff.subarray(at, at + Math.min(bytes, maxText))
      return decodeText(text, bytes > maxText)
    },
  }
}

function readDirectory(read: Reader, at: number | undefined): Directory {
  const found = new Map<number, Value>()
  const count = at === undefined ? undefined : read.short(at)
  if (at === undefined || count === undefined) return found
  for (let index = 0; index < Math.min(count, maxEntries); index++) {
    const entry = at + 2 + 12 * index
    const tag = read.short(entry)
    const value = readValue(read, entry)
    if (tag !== undefined && value !== undefined) found.set(tag, value)
  }
  return found
}

/**
 * Value types ASCII, SHORT, LONG and RATIONAL (TIFF 6.0, section 2), and UTF-8 (EXIF 3.0). Values of up to four bytes are stored in the entry
 * itself.
 */
function readValue(read: Reader, entry: number): Value | undefined {
  const type = read.short(entry + 2)
  const count = read.long(entry + 4)
  const position = read.long(entry + 8)
  if (count === undefined || position === undefined) return undefined
  if (type === 2 || type === 129) return read.text(count <= 4 ? entry + 8 : position, count)
  if (type === 3) return read.short(count <= 2 ? entry + 8 : position)
  if (type === 4) return count === 1 ? position : read.long(position)
  const [numerator, denominator] = [read.long(position), read.long(position + 4)]
  return type === 5 && numerator !== undefined && denominator ? numerator / denominator : undefined
}
