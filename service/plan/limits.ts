import { DarkroomError } from '../errors/catalogue.ts'
import type { Size } from '../operations/shapes.ts'
import { type OutputFormat, outputFormats } from './formats.ts'

/** The longest side of an output in pixels. */
const maxOutputSide = 8192
/** How the finished picture is called in messages. */
export const outputLabel = 'the output'

/** What a picture may measure: its longer side in pixels, and all its pixels. */
export interface SizeLimits {
  readonly side: number
  readonly area: number
}

/** Of an output. */
export const outputLimits = (format: OutputFormat): SizeLimits => ({
  side: maxOutputSide,
  area: outputFormats[format].maxPixels ?? maxOutputSide ** 2,
})

/**
 * An intermediate picture may be as large as the original, but nothing may grow beyond the output's limit: not by a
 * side, and not by its area, which is what it takes of memory.
 */
export function intermediateLimits({ width, height }: Size): SizeLimits {
  return {
    side: Math.max(maxOutputSide, width, height),
    area: Math.max(maxOutputSide ** 2, width * height),
  }
}

/** @throws DarkroomError `bad-url` for a picture beyond the limits */
export function checkPlannedSize(name: string, { width, height }: Size, { side, area }: SizeLimits): void {
  if (width <= side && height <= side && width * height <= area) return
  const advice = name === outputLabel ? '; add a resize' : ''
  throw new DarkroomError(
    'bad-url',
    `${name}: would be ${width}x${height}, the longest side may be ${side} pixels, all ${Math.floor(area / 1e6)} million${advice}`,
  )
}
