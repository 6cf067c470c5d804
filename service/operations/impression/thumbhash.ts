import { rgbaToThumbHash, thumbHashToRGBA } from 'thumbhash'
import { type Pixels, reduced, within } from './pixels.ts'

/** The longest side that the formula takes. */
export const thumbhashSide = 100

/**
 * A ThumbHash: some 25 bytes that a client turns into a blurred picture with the right shape and alpha.
 * Source: https://evanw.github.io/thumbhash/
 */
export async function thumbhashOf(pixels: Pixels): Promise<Uint8Array> {
  const { width, height, data } = await reduced(pixels, within(pixels, thumbhashSide))
  return rgbaToThumbHash(width, height, data)
}

/** The blurred picture that a ThumbHash stands for, of some 32 pixels a side. */
export function thumbhashPixels(hash: Uint8Array): Pixels {
  const { w, h, rgba } = thumbHashToRGBA(hash)
  return { width: w, height: h, data: Buffer.from(rgba) }
}
