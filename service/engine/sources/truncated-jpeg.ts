import { readFile } from 'node:fs/promises'
import { messageOf } from '../../errors/catalogue.ts'
import type { Size } from '../../operations/shapes.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import { openSource, undecodableError } from './libvips.ts'

/** The largest missing part of a picture that is still shown. */
const maxMissing = 0.25

/** libjpeg fills missing blocks with this grey. */
const filler = 128

/**
 * Decides whether a JPEG that ends too early can be shown: without its end marker only, or with its last part missing.
 * @param damage the error of the strict decoder
 * @throws DarkroomError `undecodable` when too much is missing, or when the damage is of another kind
 */
export async function acceptTruncated(
  path: string,
  { width, height }: Size,
  maxPixels: number,
  damage: unknown,
): Promise<Pick<ImageFacts, 'truncated'>> {
  if (!messageOf(damage).includes('premature end of JPEG image')) throw damage
  const size = { width: Math.ceil(width / 8), height: Math.ceil(height / 8) }
  // one sample of each block, as stored
  const samples = await openSource(await readFile(path), maxPixels, { ...asStored, autoOrient: false })
    .resize({ ...size, fit: 'fill', kernel: 'nearest' })
    .greyscale()
    .raw()
    .toBuffer()
    .catch(error => {
      throw undecodableError(error)
    })
  // the last block is there, so that only the end marker is missing
  if (samples.at(-1) !== filler) return {}
  const missing = samples.reduce((count, sample) => count + (sample === filler ? 1 : 0), 0)
  if (missing > samples.length * maxMissing) throw damage
  return { truncated: true }
}

/** Ignores a colour profile, which would change the filler. */
const asStored = { facts: { profile: 'none', space: 'srgb' } } as const
