import type { Size } from '../../../operations/shapes.ts'
import type { OutputFormat } from '../../../plan/formats.ts'
import type { Container } from './container.ts'
import { gifContainer } from './gif.ts'
import { jpegContainer } from './jpeg.ts'
import { pngContainer } from './png.ts'
import { webpContainer } from './webp.ts'

const containers: Partial<Record<OutputFormat, Container>> = {
  gif: gifContainer,
  jpg: jpegContainer,
  png: pngContainer,
  webp: webpContainer,
}

/**
 * Combines the original's coded pixels, bit for bit, with the metadata of a derivative. Nothing but coded pixels is
 * taken from the original, so stripped metadata cannot leak.
 * @param size of both images
 * @returns undefined for unsupported formats and for unusual or damaged files
 */
export function reuseEncodedPixels(
  original: Buffer,
  derivative: Buffer,
  format: OutputFormat,
  size: Size,
): Buffer | undefined {
  const container = containers[format]
  const source = container?.split(original)
  const target = container?.split(derivative)
  if (container === undefined || source === undefined || target === undefined) return undefined
  return container.join({ pixels: source.pixels, metadata: target.metadata }, size)
}
