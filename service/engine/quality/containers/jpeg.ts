import type { Container, ContainerParts } from './container.ts'

/** Second bytes of markers (ITU-T T.81, table B.1). */
const soi = 0xd8
const eoi = 0xd9
const sos = 0xda

/** Baseline, extended and progressive frames, Huffman and quantisation tables, restart intervals, scans. */
const pixelTypes = new Set([0xc0, 0xc1, 0xc2, 0xc4, 0xdb, 0xdd, sos])
const frameCodes = new Set([0xc0, 0xc1, 0xc2])
/** EXIF, XMP, ICC profile, IPTC. A multi-picture index is excluded, as it is only valid in its own file. */
const metadataTypes: readonly (readonly [code: number, begin: string])[] = [
  [0xe1, ''],
  [0xe2, 'ICC_PROFILE\0'],
  [0xed, ''],
]
/** Other segments that may be dropped: APPn and comments. Lossless, arithmetic and hierarchical coding may not. */
const isDroppable = (code: number) => (code >= 0xe0 && code <= 0xef) || code === 0xfe

/** JFIF 1.01, square pixels, no thumbnail. */
const plainJfif = Buffer.from('ffe000104a46494600010100000100010000', 'hex')
/** Adobe's segment without its last byte, the colour transform. */
const plainAdobe = Buffer.from('ffee000e41646f6265006400000000', 'hex')

/** A marker and its data. */
export interface JpegSegment {
  readonly code: number
  /** From the marker on. A scan includes its entropy-coded data. */
  readonly bytes: Buffer
}

/**
 * JPEG (ITU-T T.81, annex B). APPn segments, comments and data after the end of the image are dropped, as EXIF may hide
 * in many places. The two segments that define the meaning of colours are written anew, without thumbnail or anything
 * else.
 */
export const jpegContainer = { split, join } satisfies Container

function split(file: Buffer): ContainerParts | undefined {
  const segments = readSegments(file)
  if (segments === undefined || !segments.every(({ code }) => pixelTypes.has(code) || isDroppable(code)))
    return undefined
  const frame = segments.filter(({ code }) => frameCodes.has(code))
  // browsers show 8 bits per sample and one image per file
  if (frame.length !== 1 || frame[0]?.bytes[4] !== 8) return undefined
  const pixels = segments.filter(({ code }) => pixelTypes.has(code))
  const metadata = segments.filter(({ code, bytes }) =>
    metadataTypes.some(([one, begin]) => one === code && startsWith(bytes, begin)),
  )
  return {
    pixels: [...segments.flatMap(colorsOf), ...pixels.map(({ bytes }) => bytes)],
    metadata: metadata.map(({ bytes }) => bytes),
  }
}

function join({ pixels, metadata }: ContainerParts): Buffer {
  return Buffer.concat([Buffer.from([0xff, soi]), ...metadata, ...pixels, Buffer.from([0xff, eoi])])
}

const startsWith = (bytes: Buffer, name: string) => bytes.toString('latin1', 4, 4 + name.length) === name

function colorsOf({ code, bytes }: JpegSegment): Buffer[] {
  if (code === 0xe0 && startsWith(bytes, 'JFIF\0')) return [plainJfif]
  const transform = bytes[15]
  if (code !== 0xee || !startsWith(bytes, 'Adobe') || transform === undefined) return []
  return [Buffer.concat([plainAdobe, Buffer.from([transform])])]
}

/**
 * Maximum number of segments of a file. A profile has at most 255, and extended XMP one per 64 kB. Millions of empty ones
 * fit into an upload, and would block the thread for seconds.
 */
const maxSegments = 10_000

/** The segments before the first scan; undefined when the file ends before one, or has too many. */
export const readJpegHeader = (file: Buffer): readonly JpegSegment[] | undefined => readSegments(file, 'scan')

/** The segments up to the end of the image, or to its first scan; undefined when the file ends before that, or has too many. */
function readSegments(file: Buffer, until: 'end' | 'scan' = 'end'): JpegSegment[] | undefined {
  if (file.length < 4 || file.readUInt16BE(0) !== 0xff00 + soi) return undefined
  const segments: JpegSegment[] = []
  let at = 2
  while (at + 4 <= file.length && file[at] === 0xff && segments.length < maxSegments) {
    const code = file[at + 1] ?? 0
    // a marker may be preceded by any number of 0xff fill bytes
    if (code === 0xff) at++
    else if (code === sos && until === 'scan') return segments
    else {
      const end = at + 2 + file.readUInt16BE(at + 2)
      const next = code === sos ? endOfScan(file, end) : end
      if (end < at + 4 || next === undefined || next > file.length) return undefined
      segments.push({ code, bytes: file.subarray(at, next) })
      at = next
      if (file[at] === 0xff && file[at + 1] === eoi) return segments
    }
  }
  return undefined
}

/** Where entropy-coded data ends: at a marker that is neither a stuffed zero nor a restart marker. */
function endOfScan(file: Buffer, from: number): number | undefined {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const code = file[at + 1] ?? 0
    const isData = code === 0 || code === 0xff || (code >= 0xd0 && code <= 0xd7)
    if (!isData) return at
  }
  return undefined
}
