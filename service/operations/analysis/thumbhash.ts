import { rgbaToThumbHash, thumbHashToRGBA } from 'thumbhash'
import { fitWithin, type RgbaPixels, resample } from './resample.ts'

/** The longest side that ThumbHash accepts, in pixels. */
export const maxThumbhashSide = 100
/** If a side has fewer pixels, the decoded ThumbHash shows waves that the image does not have. */
const minSide = 8

/**
 * Encodes a ThumbHash: about 25 bytes that a client decodes to a blurred image with the right aspect ratio and alpha.
 * Source: https://evanw.github.io/thumbhash/
 */
export function encodeThumbhash(pixels: RgbaPixels): Uint8Array {
  const size = fitWithin(pixels, maxThumbhashSide)
  const [width, height] = [Math.max(minSide, size.width), Math.max(minSide, size.height)]
  const { data } = resample(pixels, { width, height })
  return rgbaToThumbHash(width, height, data)
}

/** Decodes a ThumbHash to its blurred image, of about 32 pixels a side. */
export function decodeThumbhash(hash: Uint8Array): RgbaPixels {
  const { w, h, rgba } = thumbHashToRGBA(hash)
  return { width: w, height: h, data: rgba }
}
