import { rgbaToThumbHash } from 'thumbhash'
import { type Pixels, reduced, within } from './pixels.ts'

/** The longest side that the formula takes. */
const side = 100

/**
 * A ThumbHash in base64: some 25 bytes that a client turns into a blurred picture with the right shape and alpha.
 * Source: https://evanw.github.io/thumbhash/
 */
export async function thumbhashOf(pixels: Pixels): Promise<string> {
  const { width, height } = within(pixels, side)
  const { data } = await reduced(pixels, width, height)
  return Buffer.from(rgbaToThumbHash(width, height, data)).toString('base64')
}
