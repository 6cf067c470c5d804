import sharp, { type Sharp } from 'sharp'
import type { Size } from '../shapes.ts'

/** A small picture in sRGB: red, green, blue and alpha, 8 bits each, row by row. */
export interface RgbaPixels extends Size {
  readonly data: Buffer
}

/** Ends a pipeline and reads its pixels. Over a file, as sharp drops the alpha of raw grey pixels. */
export async function readRgba(picture: Sharp): Promise<RgbaPixels> {
  const file = await picture.png({ compressionLevel: 0 }).toBuffer()
  const { data, info } = await sharp(file)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

/** The pixels as a picture to go on with. */
export function openRgba({ data, width, height }: RgbaPixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 4 } })
}

/** The picture in exactly this size. */
export async function resizeRgba(pixels: RgbaPixels, { width, height }: Size): Promise<RgbaPixels> {
  const data = await openRgba(pixels).resize({ width, height, fit: 'fill' }).raw().toBuffer()
  return { data, width, height }
}

/** The size of the same shape with no side longer than this; never larger than it was. */
export function fitWithin({ width, height }: Size, side: number): Size {
  const factor = Math.min(1, side / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}
