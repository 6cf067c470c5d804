import type { Metadata } from 'sharp'
import { DarkroomError } from '../../errors/catalogue.ts'
import { openSource } from './libvips.ts'
import { type Directory, readDirectories } from './tiff-directories.ts'

/** Tags of a TIFF's directory (TIFF 6.0, section 8, 19 and 21). */
const tags = { bits: 258, compression: 259, photometric: 262, subsampling: 530, sampleFormat: 339 }
const oldJpeg = 6
const newJpeg = 7
const yCbCr = 6

/**
 * Rejects a TIFF if libvips shows the samples of its first page wrongly or cannot read them. A damaged directory has no
 * values and passes; the decoder reports it.
 * @throws DarkroomError `undecodable`
 */
export function checkTiffCoding(file: Buffer): void {
  const [directory = new Map<number, number>()] = readDirectories(file, 1)
  const reason = findUnsupportedCoding(directory)
  if (reason !== undefined) throw unsupported(reason)
}

const unsupported = (reason: string) =>
  new DarkroomError('undecodable', `the image cannot be decoded: TIFF with ${reason} is not supported`)

/** The largest side of the reduced image in which the range of the samples is measured, in pixels. */
const probeSide = 256

/**
 * Rejects grey floats from 0 to 1, which libvips shows black: it expects grey floats from 0 to 255, and only colours
 * from 0 to 1.
 * @throws DarkroomError `undecodable`
 */
export async function checkGreyFloats(
  file: Buffer,
  { space, depth, width, height }: Metadata,
  maxPixels: number,
): Promise<void> {
  if (space !== 'b-w' || !/^(float|double)$/.test(depth)) return
  const size = { width: Math.min(width, probeSide), height: Math.min(height, probeSide) }
  const { buffer, byteOffset, length } = await openSource(file, maxPixels, { autoOrient: false })
    .resize({ ...size, fit: 'fill', kernel: 'linear' })
    .raw({ depth: 'float' })
    .toBuffer()
  const samples = new Float32Array(buffer, byteOffset, length / Float32Array.BYTES_PER_ELEMENT)
  const most = samples.reduce((max, sample) => Math.max(max, sample), 0)
  if (most > 0 && most <= 1) throw unsupported('grey floats from 0 to 1')
}

/** Describes the coding of a page that is not supported, for the error. */
export function findUnsupportedCoding(directory: Directory): string | undefined {
  const { bits = 1, compression = 1, photometric, subsampling = 2, sampleFormat = 1 } = named(directory)
  if (compression === oldJpeg) return 'old-style JPEG compression'
  if (sampleFormat === 2) return 'signed samples'
  if (sampleFormat === 1 && bits === 32) return 'samples of 32 bits'
  // libvips converts YCbCr only if chroma is subsampled; with JPEG compression, libjpeg converts it
  const isPlain = photometric === yCbCr && compression !== newJpeg
  return isPlain && subsampling === 1 ? 'YCbCr without subsampling' : undefined
}

const named = (directory: Directory): Partial<Record<keyof typeof tags, number>> =>
  Object.fromEntries(
    Object.entries(tags).flatMap(([name, tag]) => {
      const value = directory.get(tag)
      return value === undefined ? [] : [[name, value]]
    }),
  )
