import { DarkroomError } from '../../errors/catalogue.ts'
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
  if (reason !== undefined)
    throw new DarkroomError(
      'undecodable',
      `the image cannot be decoded: TIFF with ${reason} is not supported`,
    )
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
