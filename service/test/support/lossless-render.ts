import sharp from 'sharp'
import type { Bench } from './build.ts'
import type { Rgb } from './effect-formulas.ts'
import { bytesOf } from './session.ts'

/** Renders a chain of operations losslessly: an animation as WebP, everything else as PNG. */
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

/** The RGBA values of all pixels, frame after frame. */
export const pixelsOf = (file: Buffer) =>
  sharp(file, { pages: -1 }).toColourspace('srgb').ensureAlpha().raw().toBuffer()

export const colorAt = (pixels: Buffer, at: number): Rgb => [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!]

/** Flattens onto grey, so that a colour is weighted by its opacity. */
export const flattenOnGrey = (file: Buffer) => sharp(file).flatten({ background: '#808080' })
