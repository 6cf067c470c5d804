import { DarkroomError } from '../errors/catalogue.ts'
import type { Size } from '../operations/shapes.ts'
import { type OutputFormat, outputFormats } from './formats.ts'

/** The longest side of an output in pixels. */
const maxOutputSide = 8192
/** The name of the output in error messages, where intermediate images have the name of their operation. */
export const outputLabel = 'output'

/** Limits of an image's size: its longer side in pixels, and its number of pixels. */
export interface SizeLimits {
  readonly side: number
  readonly area: number
}

/** The size limits of an output. */
export const outputLimits = (format: OutputFormat): SizeLimits => ({
  side: maxOutputSide,
  area: outputFormats[format].maxPixels ?? maxOutputSide ** 2,
})

/**
 * The size limits of intermediate images: those of the largest output, or the original's own size where that is larger.
 * The area is limited besides the sides, because it determines how much memory an image needs.
 */
export function intermediateLimits({ width, height }: Size): SizeLimits {
  return {
    side: Math.max(maxOutputSide, width, height),
    area: Math.max(maxOutputSide ** 2, width * height),
  }
}

/** @throws DarkroomError `bad-url` for an image beyond the limits */
export function checkPlannedSize(name: string, { width, height }: Size, { side, area }: SizeLimits): void {
  if (width <= side && height <= side && width * height <= area) return
  const advice = name === outputLabel ? '; add a resize' : ''
  throw new DarkroomError(
    'bad-url',
    `${name}: would be ${width}x${height} pixels, expected at most ${side} a side and ${Math.floor(area / 1e6)} megapixels${advice}`,
  )
}
