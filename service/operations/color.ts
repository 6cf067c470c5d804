import { DarkroomError } from '../errors/catalogue.ts'
import type { PassContext } from './stage.ts'

/** Red, green and blue 0–255, alpha 0–1: as sharp takes a colour. */
export interface Color {
  r: number
  g: number
  b: number
  alpha: number
}

/** Reads a colour as the grammar gives it: `rgb`, `rrggbb`, `rrggbbaa` in lower-case hex, or `transparent`. */
export function parseColor(text: string): Color {
  if (text === 'transparent') return { r: 255, g: 255, b: 255, alpha: 0 }
  const hex = text.length === 3 ? [...text].map(digit => digit + digit).join('') : text
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16)
  return { r: channel(0), g: channel(2), b: channel(4), alpha: hex.length === 8 ? channel(6) / 255 : 1 }
}

/** The same for an option that cannot be transparent. @throws DarkroomError `bad-url` when it is, naming the option */
export function parseOpaqueColor(option: string, text: string): Color {
  const color = parseColor(text)
  if (color.alpha === 1) return color
  throw new DarkroomError('bad-url', `${option}-${text}: expected an opaque colour, rgb or rrggbb`)
}

/** The colour as it can be shown on a canvas: over white where the output is opaque. */
export function flattenColor(canvas: PassContext, color: Color): Color {
  if (!canvas.opaque || color.alpha === 1) return color
  const over = (value: number) => Math.round(value * color.alpha + 255 * (1 - color.alpha))
  return { r: over(color.r), g: over(color.g), b: over(color.b), alpha: 1 }
}
