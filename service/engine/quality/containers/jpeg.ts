import type { Container, ContainerParts } from './container.ts'

/** The second bytes of markers (ITU-T T.81, table B.1). */
const soi = 0xd8
const eoi = 0xd9
const sos = 0xda

/** Baseline, extended and progressive frames, Huffman and quantisation tables, restart intervals, scans. */
const coding = new Set([0xc0, 0xc1, 0xc2, 0xc4, 0xdb, 0xdd, sos])
const frames = new Set([0xc0, 0xc1, 0xc2])
/** EXIF, XMP, ICC profile, IPTC; a segment for several pictures in one file would be true of its own file only. */
const metadataTypes: readonly (readonly [code: number, begin: string])[] = [
  [0xe1, ''],
  [0xe2, 'ICC_PROFILE\0'],
  [0xed, ''],
]
/** All others that may be left out: APPn and comments. Lossless, arithmetic and hierarchical coding may not. */
const isIdle = (code: number) => (code >= 0xe0 && code <= 0xef) || code === 0xfe

/** JFIF 1.01, square pixels, no thumbnail. */
const plainJfif = Buffer.from('ffe000104a46494600010100000100010000', 'hex')
/** Adobe's segment, whose last byte says how colours were transformed. */
const plainAdobe = Buffer.from('ffee000e41646f6265006400000000', 'hex')

/** A marker with what belongs to it. */
export interface JpegSegment {
  readonly code: number
  /** From the marker on; a scan with its entropy-coded data. */
  readonly bytes: Buffer
}

/**
 * JPEG (ITU-T T.81, annex B). APPn segments, comments and what follows the end of the image are left behind: EXIF hides
 * in many places. The two that say what the colours mean are written anew, without thumbnail or anything else.
 */
export const jpegContainer = { split, join } satisfies Container

function split(file: Buffer): ContainerParts | undefined {
  const segments = readSegments(file)
  if (segments === undefined || !segments.every(({ code }) => coding.has(code) || isIdle(code)))
    return undefined
  const frame = segments.filter(({ code }) => frames.has(code))
  // browsers show 8 bits a sample, one picture a file
  if (frame.length !== 1 || frame[0]?.bytes[4] !== 8) return undefined
  const pixels = segments.filter(({ code }) => coding.has(code))
  const metadata = segments.filter(({ code, bytes }) =>
    metadataTypes.some(([one, begin]) => one === code && begins(bytes, begin)),
  )
  return {
    pixels: [...segments.flatMap(colorsOf), ...pixels.map(({ bytes }) => bytes)],
    metadata: metadata.map(({ bytes }) => bytes),
  }
}

function join({ pixels, metadata }: ContainerParts): Buffer {
  return Buffer.concat([Buffer.from([0xff, soi]), ...metadata, ...pixels, Buffer.from([0xff, eoi])])
}

const begins = (bytes: Buffer, name: string) => bytes.toString('latin1', 4, 4 + name.length) === name

function colorsOf({ code, bytes }: JpegSegment): Buffer[] {
  if (code === 0xe0 && begins(bytes, 'JFIF\0')) return [plainJfif]
  const transform = bytes[15]
  if (code !== 0xee || !begins(bytes, 'Adobe') || transform === undefined) return []
  return [Buffer.concat([plainAdobe, Buffer.from([transform])])]
}

/** The segments before the first scan, whatever comes after it; undefined when they do not reach one. */
export const readJpegHeader = (file: Buffer): readonly JpegSegment[] | undefined => readSegments(file, 'scan')

/** The segments between the first marker and the end of the image, or its first scan; undefined when they do not reach it. */
function readSegments(file: Buffer, until: 'end' | 'scan' = 'end'): JpegSegment[] | undefined {
  if (file.length < 4 || file.readUInt16BE(0) !== 0xff00 + soi) return undefined
  const segments: JpegSegment[] = []
  let at = 2
  while (at + 4 <= file.length && file[at] === 0xff) {
    const code = file[at + 1] ?? 0
    // a marker may be filled up with any number of 0xff before it
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

/** Where entropy-coded data ends: at a marker that is neither a stuffed zero nor a restart. */
function endOfScan(file: Buffer, from: number): number | undefined {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at + 1)) {
    const code = file[at + 1] ?? 0
    const goesOn = code === 0 || code === 0xff || (code >= 0xd0 && code <= 0xd7)
    if (!goesOn) return at
  }
  return undefined
}
