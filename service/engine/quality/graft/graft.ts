import type { Size } from '../../../operations/operation.ts'
import type { OutputFormat } from '../../../plan/formats.ts'
import { jpeg } from './jpeg.ts'
import type { Container } from './parts.ts'
import { png } from './png.ts'
import { webp } from './webp.ts'

const containers: Partial<Record<OutputFormat, Container>> = { jpg: jpeg, png, webp }

/**
 * A file with the coded pixels of the original, bit for bit, and the description of a derivative of it: what was asked
 * to be stripped cannot come through, since nothing but pixels is taken of the original.
 * @param size of both pictures
 * @returns undefined for formats that are not known here, and for files that are not as they should be
 */
export function graft(
  original: Buffer,
  derivative: Buffer,
  format: OutputFormat,
  size: Size,
): Buffer | undefined {
  const container = containers[format]
  const root = container?.takeApart(original)
  const shoot = container?.takeApart(derivative)
  if (container === undefined || root === undefined || shoot === undefined) return undefined
  return container.putTogether({ pixels: root.pixels, description: shoot.description }, size)
}
