import { encode } from 'blurhash'
import { fitWithin, openRgba, type RgbaPixels } from '../../operations/analysis/rgba.ts'

/** Longest side of the input, in pixels. More pixels do not change the few components. */
const side = 32

/**
 * A BlurHash of four components along the longer side and three along the shorter. BlurHash has no transparency, so the
 * image is flattened onto white. Source: https://github.com/woltapp/blurhash/blob/master/Algorithm.md
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
