import type { Size } from '../../../operations/shapes.ts'
import type { OutputFormat } from '../../../plan/formats.ts'
import type { Container } from './container.ts'
import { jpegContainer } from './jpeg.ts'
import { pngContainer } from './png.ts'
import { webpContainer } from './webp.ts'

const containers: Partial<Record<OutputFormat, Container>> = {
  jpg: jpegContainer,
  png: pngContainer,
  webp: webpContainer,
}

/**
 * A file with the coded pixels of the original, bit for bit, and the description of a derivative of it: what was asked
 * to be stripped cannot come through, since nothing but pixels is taken of the original.
 * @param size of both pictures
 * @returns undefined for formats that are not known here, and for files that are not as they should be
 */
export function reuseCodedPixels(
  original: Buffer,
  derivative: Buffer,
  format: OutputFormat,
  size: Size,
): Buffer | undefined {
  const container = containers[format]
  const root = container?.split(original)
  const shoot = container?.split(derivative)
  if (container === undefined || root === undefined || shoot === undefined) return undefined
  return container.join({ pixels: root.pixels, metadata: shoot.metadata }, size)
}
