import { DarkroomError } from '../errors/catalogue.ts'
import type { PassContext } from './stage.ts'

/** Red, green and blue 0–255, alpha 0–1: the form of a colour that sharp accepts. */
export interface Color {
  r: number
  g: number
  b: number
  alpha: number
}

/** Parses a colour in the grammar's form: `rgb`, `rrggbb`, `rrggbbaa` in lower-case hex, or `transparent`. */
export function parseColor(text: string): Color {
  if (text === 'transparent') return { r: 255, g: 255, b: 255, alpha: 0 }
  const hex = text.length === 3 ? [...text].map(digit => digit + digit).join('') : text
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16)
  return { r: channel(0), g: channel(2), b: channel(4), alpha: hex.length === 8 ? channel(6) / 255 : 1 }
}

/** Parses the colour of an option that must be opaque. @throws DarkroomError `bad-url` that names the option */
export function parseOpaqueColor(option: string, text: string): Color {
  const color = parseColor(text)
  if (color.alpha === 1) return color
  throw new DarkroomError('bad-url', `${option}-${text} is not opaque, expected rgb or rrggbb`)
}

/** Blends a colour over white when the output cannot hold transparency. */
export function flattenColor(context: PassContext, color: Color): Color {
  if (!context.opaque || color.alpha === 1) return color
  const overWhite = (value: number) => Math.round(value * color.alpha + 255 * (1 - color.alpha))
  return { r: overWhite(color.r), g: overWhite(color.g), b: overWhite(color.b), alpha: 1 }
}
