import { encode } from 'blurhash'
import { fitWithin, type RgbaPixels, resample } from '../../operations/analysis/resample.ts'
import { onWhite } from './on-white.ts'

/** Longest side of the input, in pixels. More pixels do not change the few components. */
const side = 32

/**
 * A BlurHash of four components along the longer side and three along the shorter. BlurHash has no transparency, so the
 * image is flattened onto white. Source: https://github.com/woltapp/blurhash/blob/master/Algorithm.md
 */
export function blurhashOf(pixels: RgbaPixels): string {
  const { data, width, height } = resample(onWhite(pixels), fitWithin(pixels, side))
  const [across, down] = pixels.width >= pixels.height ? [4, 3] : [3, 4]
  return encode(new Uint8ClampedArray(data), width, height, across, down)
}
