import sharp, { type Sharp } from 'sharp'
import type { RgbaPixels } from './resample.ts'

/** Runs a pipeline and reads its pixels. It goes through a PNG, because sharp drops the alpha of raw grey pixels. */
export async function readRgba(image: Sharp): Promise<RgbaPixels> {
  const file = await image.png({ compressionLevel: 0 }).toBuffer()
  return readColors(sharp(file))
}

/** The same for an image that is not grey. */
export async function readColors(image: Sharp): Promise<RgbaPixels> {
  const { data, info } = await image
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

/** Opens the pixels as a new pipeline. */
export function openRgba({ data, width, height }: RgbaPixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 4 } })
}
