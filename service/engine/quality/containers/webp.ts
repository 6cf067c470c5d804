import type { Size } from '../../../operations/shapes.ts'
import type { Container, ContainerParts } from './container.ts'

const pixelTypes = new Set(['ALPH', 'VP8 ', 'VP8L'])
const metadataTypes = new Set(['ICCP', 'EXIF', 'XMP '])

/** Flags of the extended header (RFC 9649, section 2.7). */
const flags = { ICCP: 0x20, alpha: 0x10, EXIF: 0x08, 'XMP ': 0x04 }

/** WebP (RFC 9649): chunks of a RIFF file, each padded to an even length. Still images only. */
export const webpContainer: Container = { split, join }

function split(file: Buffer): ContainerParts | undefined {
  const chunks = readChunks(file)
  if (chunks === undefined || chunks.some(chunk => /^AN/.test(typeOf(chunk)))) return undefined
  const pixels = chunks.filter(chunk => pixelTypes.has(typeOf(chunk)))
  const images = pixels.filter(chunk => typeOf(chunk) !== 'ALPH')
  if (images.length !== 1 || images[0] !== pixels.at(-1)) return undefined
  return { pixels, metadata: chunks.filter(chunk => metadataTypes.has(typeOf(chunk))) }
}

/** The profile precedes the image, EXIF and XMP follow it. An image alone needs no extended header. */
function join({ pixels, metadata }: ContainerParts, size: Size): Buffer {
  const profile = metadata.filter(chunk => typeOf(chunk) === 'ICCP')
  const rest = metadata.filter(chunk => typeOf(chunk) !== 'ICCP')
  const chunks = [...profile, ...pixels, ...rest]
  const body = Buffer.concat(chunks.length > 1 ? [extendedHeader(chunks, size), ...chunks] : chunks)
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1')
  head.writeUInt32LE(4 + body.length, 4)
  return Buffer.concat([head, body])
}

function extendedHeader(chunks: readonly Buffer[], { width, height }: Size): Buffer {
  const header = Buffer.from('VP8X\0\0\0\0', 'latin1')
  header.writeUInt32LE(10, 4)
  const canvas = Buffer.alloc(10)
  const has = (type: 'ICCP' | 'EXIF' | 'XMP ') =>
    chunks.some(chunk => typeOf(chunk) === type) ? flags[type] : 0
  canvas[0] = has('ICCP') | has('EXIF') | has('XMP ') | (chunks.some(isTransparent) ? flags.alpha : 0)
  canvas.writeUIntLE(width - 1, 4, 3)
  canvas.writeUIntLE(height - 1, 7, 3)
  return Buffer.concat([header, canvas])
}

/** A lossless image has a flag in the 29th bit of its header, a lossy one an alpha chunk beside it. */
function isTransparent(chunk: Buffer): boolean {
  const type = typeOf(chunk)
  return (
    type === 'ALPH' || (type === 'VP8L' && chunk.length >= 13 && (chunk.readUInt32LE(9) & 0x10000000) !== 0)
  )
}

const typeOf = (chunk: Buffer) => chunk.toString('latin1', 0, 4)

/** The chunks within the file's declared length; undefined when they do not fill it. */
function readChunks(file: Buffer): Buffer[] | undefined {
  if (file.length < 12 || !/^RIFF....WEBP$/s.test(file.toString('latin1', 0, 12))) return undefined
  const end = 8 + file.readUInt32LE(4)
  if (end > file.length) return undefined
  const chunks: Buffer[] = []
  let at = 12
  while (at + 8 <= end) {
    const length = file.readUInt32LE(at + 4)
    const next = at + 8 + length + (length % 2)
    if (next > end) return undefined
    chunks.push(file.subarray(at, next))
    at = next
  }
  return at === end ? chunks : undefined
}
