import { constants, createInflateRaw } from 'node:zlib'
import { isIntactChunk, isPng, pngChunk, pngSignature } from '../metadata/png-chunk.ts'

/** The largest missing part of a picture that is still shown. */
const maxMissing = 0.25

/** A zlib header for the largest window (RFC 1950, section 2.2). */
const zlibHeader = Buffer.from('7801', 'hex')
/** Length of the Adler-32 checksum at the end of a zlib stream. */
const checksumBytes = 4

/** Chunks that are read: files of encoders have a tenth of this number, and 4 million would take this thread a second. */
const maxChunks = 50_000

/** Signature and IHDR. */
const headerBytes = 33

const idat = 0x49444154
const iend = 0x49454e44

/** Samples of a pixel by colour type (PNG, third edition, section 11.2.1). */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

/** First column and row of each pass of Adam7, and the steps between them (section 8.1). */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/**
 * Decides whether a PNG that the strict decoder refuses can be shown: its pixels have a wrong checksum, or their last part
 * is missing. An interlaced one has to be complete, as pixels would be missing between others. Header and palette have to
 * be right.
 */
export async function hasMostPixels(file: Buffer): Promise<boolean> {
  const { pixels, isHeaderIntact } = collectPixels(file)
  if (!isHeaderIntact || file.length < headerBytes) return false
  const isInterlaced = file[28] !== 0
  const { width, height } = sizeOf(file)
  const whole = isInterlaced ? interlacedBytes(file) : bytesOf(file, width, height)
  const bytes = await countInflated(pixels.subarray(zlibHeader.length), whole)
  return bytes >= whole * (isInterlaced ? 1 : 1 - maxMissing)
}

/**
 * A damaged PNG as libvips has to get it to show each row that is there, without the strict checks: all pixel data that
 * there is, with a chunk of its own for the checksum, as libpng drops the last row if both arrive together.
 * @returns the same buffer for other files
 */
export function withCollectedPixels(file: Buffer): Buffer {
  if (!isPng(file)) return file
  const { begin, pixels } = collectPixels(file)
  if (pixels.length <= zlibHeader.length + checksumBytes) return file
  zlibHeader.copy(pixels)
  return Buffer.concat([
    file.subarray(0, begin),
    ...pngChunk('IDAT', pixels.subarray(0, -checksumBytes)),
    ...pngChunk('IDAT', pixels.subarray(-checksumBytes)),
    ...pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** The contents of all chunks with pixels, and what is before them. */
interface CollectedPixels {
  readonly pixels: Buffer
  /** Where the first chunk with pixels begins. */
  readonly begin: number
  /** Whether the chunks that a decoder must understand have right checksums, up to there. */
  readonly isHeaderIntact: boolean
}

function collectPixels(file: Buffer): CollectedPixels {
  const pixels = Buffer.alloc(file.length)
  let begin = file.length
  let length = 0
  let isHeaderIntact = true
  for (let at = pngSignature.length, count = 0; at + 8 <= file.length && count < maxChunks; count++) {
    const type = file.readUInt32BE(at + 4)
    const end = at + 8 + file.readUInt32BE(at)
    if (type === iend) break
    if (type === idat) {
      begin = Math.min(begin, at)
      length += file.copy(pixels, length, at + 8, end)
    } else if (length === 0 && isCritical(type)) isHeaderIntact &&= isIntactChunk(file, at)
    at = end + 4
  }
  return { pixels: pixels.subarray(0, length), begin, isHeaderIntact }
}

/** Whether the first letter of a chunk's type is a capital one (section 5.4). */
const isCritical = (type: number) => ((type >>> 29) & 1) === 0

const sizeOf = (file: Buffer) => ({ width: file.readUInt32BE(16), height: file.readUInt32BE(20) })

/** The bytes of an image or a pass before compression: each row has a byte for its filter. */
function bytesOf(file: Buffer, width: number, height: number): number {
  const bits = (file[24] ?? 8) * (samplesOf[file[25] ?? 0] ?? 1)
  return width === 0 ? 0 : height * (1 + Math.ceil((width * bits) / 8))
}

function interlacedBytes(file: Buffer): number {
  const { width, height } = sizeOf(file)
  const count = (side: number, first: number, step: number) => Math.max(0, Math.ceil((side - first) / step))
  return passes
    .map(([x, y, dx, dy]) => bytesOf(file, count(width, x, dx), count(height, y, dy)))
    .reduce((sum, bytes) => sum + bytes, 0)
}

/** Bytes that data inflates to, until it ends, cannot be read, or has this many. Keeps none of them. */
async function countInflated(data: Buffer, atMost: number): Promise<number> {
  // the bytes of one chunk are lost when the data cannot be read: one percent of a picture
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, Math.min(65_536, Math.ceil(atMost / 100)))
  const inflate = createInflateRaw({ chunkSize, finishFlush: constants.Z_SYNC_FLUSH })
  inflate.end(data)
  let bytes = 0
  try {
    for await (const part of inflate) {
      bytes += part.length
      if (bytes >= atMost) break
    }
  } catch {
    // the part before the damage counts
  }
  return bytes
}
