/** The tags that are read, by their numbers (CIPA DC-008, sections 4.6.4 to 4.6.6). */
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

/** Text as it stands there, with its padding; of numbers the first. */
type Value = string | number
type Directory = ReadonlyMap<number, Value>

/** What EXIF says of the picture, and of how it was taken. */
export interface Exif {
  readonly image: Directory
  readonly photo: Directory
}

/**
 * Entries of a directory and bytes of a text that are read: entries may claim the same bytes, all of them, again and
 * again, and 65 kB of EXIF could so take minutes and gigabytes.
 */
const maxEntries = 500
const maxText = 4_096

const none: Directory = new Map()

/** Reads EXIF; what is damaged, or of a kind that none of the tags has, is left out. */
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

/** Reads inside the buffer only: what lies outside is undefined. */
function readerOf(tiff: Buffer, isLittle: boolean) {
  const isInside = (at: number, bytes: number) => at + bytes <= tiff.length
  return {
    short(at: number) {
      if (isInside(at, 2)) return isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at)
    },
    long(at: number) {
      if (isInside(at, 4)) return isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at)
    },
    /** ASCII, as the standard has it: other bytes could mean anything. */
    text(at: number, bytes: number) {
      const text = tiff.subarray(at, at + Math.min(bytes, maxText))
      if (text.every(byte => byte < 128)) return text.toString('latin1')
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

/** Kinds of values: ASCII, SHORT, LONG and RATIONAL (TIFF 6.0, section 2). Those of up to four bytes stand in the entry. */
function readValue(read: Reader, entry: number): Value | undefined {
  const kind = read.short(entry + 2)
  const count = read.long(entry + 4)
  const place = read.long(entry + 8)
  if (count === undefined || place === undefined) return undefined
  if (kind === 2) return read.text(count <= 4 ? entry + 8 : place, count)
  if (kind === 3) return read.short(count <= 2 ? entry + 8 : place)
  if (kind === 4) return count === 1 ? place : read.long(place)
  const [above, below] = [read.long(place), read.long(place + 4)]
  return kind === 5 && above !== undefined && below ? above / below : undefined
}
