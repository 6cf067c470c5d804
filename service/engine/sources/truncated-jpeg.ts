import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { messageOf } from '../../errors/catalogue.ts'
import type { Size } from '../../operations/shapes.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import { undecodableError } from './decoder-errors.ts'
import { endMarker, withEndMarker } from './jpeg-end.ts'
import { lacksScans } from './jpeg-scans.ts'
import { openSource } from './libvips.ts'

/** The largest share of a picture that may be missing. With more missing, the file is refused. */
const maxMissing = 0.25

/** libjpeg fills missing blocks with this grey. */
const filler = 128

/**
 * Decides whether a JPEG that ends too early can be shown: without its end marker only, with its last part missing, or
 * without the last scans, which make a progressive JPEG sharp.
 * @param damage the error of the strict decoder
 * @throws DarkroomError `undecodable` when too much is missing, or when the damage is of another kind
 */
export async function acceptTruncated(
  path: string,
  size: Size,
  maxPixels: number,
  damage: unknown,
): Promise<Pick<ImageFacts, 'truncated'>> {
  if (!messageOf(damage).includes('premature end of JPEG image')) throw damage
  const file = await readFile(path)
  if ((await missingShare(file, size, maxPixels)) > maxMissing) throw damage
  return lacksScans(file) || (await endsWithinScan(file, maxPixels)) ? { truncated: true } : {}
}

/** The share of a picture's blocks that are missing. Grey blocks at the end count, too. */
async function missingShare(file: Buffer, { width, height }: Size, maxPixels: number): Promise<number> {
  const size = { width: Math.ceil(width / 8), height: Math.ceil(height / 8) }
  // one sample of each block, as stored
  const samples = await openSource(withEndMarker(file), maxPixels, { ...asStored, autoOrient: false })
    .resize({ ...size, fit: 'fill', kernel: 'nearest' })
    .greyscale()
    .raw()
    .toBuffer()
    .catch(error => {
      throw undecodableError(error)
    })
  if (samples.at(-1) !== filler) return 0
  return samples.reduce((count, sample) => count + (sample === filler ? 1 : 0), 0) / samples.length
}

/** Ignores a colour profile, which would change the filler. */
const asStored = { facts: { profile: 'none', space: 'srgb' } } as const

/** Bytes that change the picture where they are read as blocks. libjpeg skips them after the last block of a scan. */
const excess = Buffer.from('5aa3c71e96d2384bb1e4'.repeat(50), 'hex')

/** Whether the coded data ends before the last block of its scan: then bytes after its end change the picture. */
async function endsWithinScan(file: Buffer, maxPixels: number): Promise<boolean> {
  const whole = await digestOf(withEndMarker(file), maxPixels)
  return whole !== (await digestOf(Buffer.concat([file, excess, endMarker]), maxPixels))
}

/** A digest of all pixels; undefined if the file cannot be decoded. */
async function digestOf(file: Buffer, maxPixels: number): Promise<string | undefined> {
  const pixels = await openSource(file, maxPixels, { ...asStored, autoOrient: false })
    .raw()
    .toBuffer()
    .catch(() => undefined)
  return pixels && createHash('sha256').update(pixels).digest('hex')
}
