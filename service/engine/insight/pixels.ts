import sharp, { type Sharp } from 'sharp'

/** A small picture in sRGB: red, green, blue and alpha, 8 bits each, row by row. */
export interface Pixels {
  readonly data: Buffer
  readonly width: number
  readonly height: number
}

/** Reads a pipeline's picture, no side longer than so many pixels. */
export async function readPixels(picture: Sharp, longestSide: number): Promise<Pixels> {
  const { data, info } = await picture
    .resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height }
}

/** The pixels as a picture to go on with. */
export function pictureOf({ data, width, height }: Pixels): Sharp {
  return sharp(data, { raw: { width, height, channels: 4 } })
}

/** The picture reduced to the size that a formula asks for; its shape is lost where that is not its own. */
export async function reduced(pixels: Pixels, width: number, height: number): Promise<Pixels> {
  const data = await pictureOf(pixels).resize({ width, height, fit: 'fill' }).raw().toBuffer()
  return { data, width, height }
}

/** The size inside a square of this side, of the same shape and never larger. */
export function within({ width, height }: { width: number; height: number }, side: number) {
  const scale = Math.min(1, side / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}
