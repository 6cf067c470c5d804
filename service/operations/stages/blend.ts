import type { Pixels } from '../stage.ts'
import type { PlacedLayer } from './layers.ts'
import { eachRow } from './rows.ts'

/** The colour, 0–1, of an opaque layer of colour `a` over an opaque image of colour `b`. */
type Formula = (a: number, b: number) => number

const multiply: Formula = (a, b) => a * b
const screen: Formula = (a, b) => a + b - a * b
const hardLight: Formula = (a, b) => (a <= 0.5 ? multiply(2 * a, b) : screen(2 * a - 1, b))

/** The separable blend modes, which treat each channel alone (W3C Compositing and Blending Level 1, section 9.1). */
const formulas = {
  multiply,
  screen,
  overlay: (a, b) => hardLight(b, a),
  darken: Math.min,
  lighten: Math.max,
  'color-dodge': (a, b) => (b === 0 ? 0 : a === 1 ? 1 : Math.min(1, b / (1 - a))),
  'color-burn': (a, b) => (b === 1 ? 1 : a === 0 ? 0 : 1 - Math.min(1, (1 - b) / a)),
  'hard-light': hardLight,
  'soft-light': (a, b) =>
    a <= 0.5 ? b - (1 - 2 * a) * b * (1 - b) : b + (2 * a - 1) * (softLightCurve(b) - b),
  difference: (a, b) => Math.abs(a - b),
  exclusion: (a, b) => a + b - 2 * a * b,
} as const satisfies Record<string, Formula>

const softLightCurve = (b: number) => (b <= 0.25 ? ((16 * b - 12) * b + 4) * b : Math.sqrt(b))

export type ChannelBlendMode = keyof typeof formulas

export const isChannelBlendMode = (blend: string): blend is ChannelBlendMode => Object.hasOwn(formulas, blend)

const tables = new Map<ChannelBlendMode, Uint8Array>()

/** The formula's result for every pair of samples, at index 256 × the layer's sample + the image's sample. */
function tableOf(mode: ChannelBlendMode): Uint8Array {
  const cached = tables.get(mode)
  if (cached) return cached
  const table = Uint8Array.from({ length: 65_536 }, (_, at) =>
    Math.round(255 * formulas[mode]((at >> 8) / 255, (at & 255) / 255)),
  )
  tables.set(mode, table)
  return table
}

/**
 * Blends a layer into an image, in place. libvips applies these formulas to colours premultiplied by their alpha, which
 * makes a translucent layer too dark; the specification applies them to straight colours (section 5.8.3).
 */
export async function blendInto(pixels: Pixels, layer: PlacedLayer, mode: ChannelBlendMode): Promise<void> {
  const everywhere = layer.at === 'everywhere'
  const { left, top } = layer.at === 'everywhere' ? { left: 0, top: 0 } : layer.at
  const { width, height } = everywhere ? pixels : layer
  const blendPixel = pixelBlender(pixels, layer, tableOf(mode))
  await eachRow({ width, height }, row => {
    const from = (row % layer.height) * layer.width
    const to = (top + row) * pixels.width + left
    for (let column = 0; column < width; column++) blendPixel(from + (column % layer.width), to + column)
  })
}

/** Returns a function that blends one pixel of the layer into one of the image, both given by their index. */
function pixelBlender({ data, channels }: Pixels, layer: PlacedLayer, table: Uint8Array) {
  const hasAlpha = channels === 4
  return (from: number, to: number) => {
    const [above, below] = [from * 4, to * channels]
    const a = (layer.data[above + 3] ?? 0) / 255
    const b = hasAlpha ? (data[below + 3] ?? 0) / 255 : 1
    if (a === 0) return
    const alpha = a + b - a * b
    for (let channel = 0; channel < 3; channel++) {
      const one = layer.data[above + channel] ?? 0
      const other = data[below + channel] ?? 0
      const mixed = b * (table[(one << 8) | other] ?? 0) + (1 - b) * one
      data[below + channel] = (a * mixed + (1 - a) * b * other) / alpha
    }
    if (hasAlpha) data[below + 3] = 255 * alpha
  }
}
