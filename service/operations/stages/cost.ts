import type { Size } from '../shapes.ts'

/**
 * CPU milliseconds per megapixel of a stage's input or output, whichever is larger, measured on photographs with sharp
 * 0.35.
 */
export const msPerMegapixel = {
  extract: 0,
  grayscale: 5,
  grayscaleAlpha: 20,
  scale: 6,
  mirror: 1,
  turn: 4,
  rotate: 40,
  embed: 1,
  linear: 8,
  matrix: 11,
  gamma: 4,
  tint: 10,
  pixelate: 10,
  // Additional, divided by the number of pixels of a block.
  block: 120,
  gradient: 11,
  levels: 14,
  round: 30,
  // For the whole image; `covered` and `blended` are additional where a layer covers it.
  composite: 4,
  covered: 18,
  blended: 30,
  // To decode an image of any format.
  decode: 20,
  renderText: 8,
  trim: 15,
}

/** The area in megapixels, the unit of costs. */
export const megapixels = (size: Size) => (size.width * size.height) / 1e6
