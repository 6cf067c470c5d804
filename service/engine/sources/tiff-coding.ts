import { type FileHandle, open } from 'node:fs/promises'
import { DarkroomError } from '../../errors/catalogue.ts'

/** Tags of a TIFF's directory (TIFF 6.0, section 8, 19 and 21). */
const tags = { bits: 258, compression: 259, photometric: 262, subsampling: 530, sampleFormat: 339 }
type Tag = keyof typeof tags
const oldJpeg = 6
const newJpeg = 7
const yCbCr = 6
/** More entries than any writer uses. */
const maxEntries = 1_000

/** Whether a file begins as a TIFF of up to 4 GB does. */
export const isTiff = (head: Buffer): boolean => /^(II\*\0|MM\0\*)/.test(head.toString('latin1', 0, 4))

/**
 * Refuses a TIFF whose samples libvips shows wrongly or cannot read, by the first page.
 * @throws DarkroomError `undecodable`
 */
export async function checkTiffCoding(path: string): Promise<void> {
  const file = await open(path)
  try {
    const reason = findUnsupported(await readTags(file))
    if (reason !== undefined) {
      throw new DarkroomError(
        'undecodable',
        `the image cannot be decoded: TIFF with ${reason} is not supported`,
      )
    }
  } finally {
    await file.close()
  }
}

/** Describes the coding that is not supported, for the error. */
function findUnsupported(values: ReadonlyMap<Tag, number>): string | undefined {
  const {
    bits = 1,
    compression = 1,
    photometric,
    subsampling = 2,
    sampleFormat = 1,
  } = Object.fromEntries(values)
  if (compression === oldJpeg) return 'old-style JPEG compression'
  if (sampleFormat === 2) return 'signed samples'
  if (sampleFormat === 1 && bits === 32) return 'samples of 32 bits'
  // libvips converts from YCbCr only where chroma is subsampled, or libjpeg does it
  const isPlain = photometric === yCbCr && compression !== newJpeg
  return isPlain && subsampling === 1 ? 'YCbCr without subsampling' : undefined
}

/** The first value of each known tag. An unusual or damaged directory has none: the decoder reports it. */
async function readTags(file: FileHandle): Promise<Map<Tag, number>> {
  const values = new Map<Tag, number>()
  const head = await read(file, 0, 8)
  const order = head.toString('latin1', 0, 2)
  const number = (bytes: Buffer, at: number, length: 2 | 4) =>
    order === 'II' ? bytes.readUIntLE(at, length) : bytes.readUIntBE(at, length)
  if (!/^(II|MM)$/.test(order) || number(head, 2, 2) !== 42) return values
  const start = number(head, 4, 4)
  const count = Math.min(maxEntries, number(await read(file, start, 2), 0, 2))
  const entries = await read(file, start + 2, count * 12)
  for (let at = 0; at < count * 12; at += 12) {
    const name = (Object.keys(tags) as Tag[]).find(name => tags[name] === number(entries, at, 2))
    const isShort = number(entries, at + 2, 2) === 3
    if (name === undefined || !isShort) continue
    const isInline = number(entries, at + 4, 4) <= 2
    const bytes = isInline ? entries.subarray(at + 8) : await read(file, number(entries, at + 8, 4), 2)
    values.set(name, number(bytes, 0, 2))
  }
  return values
}

/** Reads bytes at a position; those after the end of the file are 0. */
async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  await file.read(bytes, 0, length, position)
  return bytes
}
