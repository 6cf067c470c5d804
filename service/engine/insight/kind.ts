import type { Pixels } from '../../operations/impression/pixels.ts'

/** What was drawn is even from pixel to pixel in this share of the picture; a photograph never quite. */
const flatShare = 0.45
/** Neighbours may differ by this much a channel, which is what JPEG does to an even area. */
const evenness = 1

/**
 * Whether a picture is a photograph or was drawn, by the share of its pixels that equal their right and lower
 * neighbour: noise and texture make them few in a photograph, even areas make them most of a drawing. Transparent
 * areas count as even, as photographs have none.
 */
export function kindOf({ data, width, height }: Pixels): 'photo' | 'graphic' {
  let even = 0
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0; x + 1 < width; x++) {
      const at = 4 * (y * width + x)
      if (isEven(data, at, at + 4) && isEven(data, at, at + 4 * width)) even++
    }
  }
  const looked = Math.max(1, (width - 1) * (height - 1))
  return even / looked >= flatShare ? 'graphic' : 'photo'
}

function isEven(data: Buffer, one: number, other: number): boolean {
  for (let channel = 0; channel < 4; channel++) {
    const difference = (data[one + channel] ?? 0) - (data[other + channel] ?? 0)
    if (difference > evenness || difference < -evenness) return false
  }
  return true
}
