import { rgbaToThumbHash, thumbHashToRGBA } from 'thumbhash'
import { fitWithin, type RgbaPixels, resizeRgba } from './rgba.ts'

/** The longest side that the formula takes. */
export const maxThumbhashSide = 100
/** Of fewer pixels a side the formula makes waves that are not there. */
const leastSide = 8

/**
 * A ThumbHash: some 25 bytes that a client turns into a blurred picture with the right shape and alpha.
 * Source: https://evanw.github.io/thumbhash/
 */
export async function encodeThumbhash(pixels: RgbaPixels): Promise<Uint8Array> {
  const size = fitWithin(pixels, maxThumbhashSide)
  const [width, height] = [Math.max(leastSide, size.width), Math.max(leastSide, size.height)]
  const { data } = await resizeRgba(pixels, { width, height })
  return rgbaToThumbHash(width, height, data)
}

/** The blurred picture that a ThumbHash stands for, of some 32 pixels a side. */
export function decodeThumbhash(hash: Uint8Array): RgbaPixels {
  const { w, h, rgba } = thumbHashToRGBA(hash)
  return { width: w, height: h, data: Buffer.from(rgba) }
}
