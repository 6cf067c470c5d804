import { encode } from 'blurhash'
import { fitWithin, openRgba, type RgbaPixels } from '../../operations/analysis/rgba.ts'

/** RgbaPixels that a few waves a side are computed from: more change nothing. */
const side = 32

/**
 * A BlurHash of four waves on the longer side and three on the shorter; transparency, which it does not know, is laid
 * over white. Source: https://github.com/woltapp/blurhash/blob/master/Algorithm.md
 */
export async function blurhashOf(pixels: RgbaPixels): Promise<string> {
  const { width, height } = fitWithin(pixels, side)
  const data = await openRgba(pixels)
    .flatten({ background: 'white' })
    .resize({ width, height, fit: 'fill' })
    .ensureAlpha()
    .raw()
    .toBuffer()
  const [across, down] = pixels.width >= pixels.height ? [4, 3] : [3, 4]
  return encode(new Uint8ClampedArray(data), width, height, across, down)
}
