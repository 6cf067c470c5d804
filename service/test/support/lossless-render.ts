import sharp from 'sharp'
import type { Bench } from './build.ts'
import type { Rgb } from './effect-formulas.ts'
import { bytesOf } from './session.ts'

/** Develops a chain of operations; an animation as WebP, everything else as PNG, both without loss. */
export async function renderLossless(
  bench: Bench,
  id: string,
  chain: string,
  format = 'png',
): Promise<Buffer> {
  const lossless = format === 'webp' ? '_encode_lossless-1' : ''
  const path = `/processed/${bench.userId}/${id}${chain && `_${chain}`}${lossless}.${format}`
  return bytesOf(await bench.get(await bench.sign(path)))
}

/** Red, green, blue and alpha of all pixels, frame after frame. */
export const pixelsOf = (file: Buffer) =>
  sharp(file, { pages: -1 }).toColourspace('srgb').ensureAlpha().raw().toBuffer()

export const colorAt = (pixels: Buffer, at: number): Rgb => [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!]

/** On grey, so that colours count as much as is seen of them. */
export const flattenOnGrey = (file: Buffer) => sharp(file).flatten({ background: '#808080' })
