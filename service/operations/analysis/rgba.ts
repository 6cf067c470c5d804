import sharp, { type Sharp } from 'sharp'
import type { Size } from '../shapes.ts'

/** A small image in sRGB: red, green, blue and alpha, 8 bits each, row by row. */
export interface RgbaPixels extends Size {
  readonly data: Buffer
}

/** Runs a pipeline and reads its pixels. It goes through a PNG, because sharp drops the alpha of raw grey pixels. */
export async function readRgba(image: Sharp): Promise<RgbaPixels> {
  const file = await image.png({ compressionLevel: 0 }).toBuffer()
  const { data, info } = await sharp(file)
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

/** Scales the pixels to exactly this size. */
export async function resizeRgba(pixels: RgbaPixels, { width, height }: Size): Promise<RgbaPixels> {
  const data = await openRgba(pixels).resize({ width, height, fit: 'fill' }).raw().toBuffer()
  return { data, width, height }
}

/** The size scaled down, if needed, so that no side is longer than `maxSide`. */
export function fitWithin({ width, height }: Size, maxSide: number): Size {
  const factor = Math.min(1, maxSide / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}
