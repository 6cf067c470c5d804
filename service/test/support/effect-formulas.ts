import sharp from 'sharp'
import { draw } from './pictures.ts'

/** An RGB colour with channels of 0–255. */
export type Rgb = readonly [r: number, g: number, b: number]

/** The result of an effect's formula for a colour at a position, before clamping to 0–255. */
export type Formula = (color: Rgb, place: { x: number; y: number }) => Rgb

export const width = 64
export const height = 40

const patches: readonly Rgb[] = [
  [230, 30, 40],
  [50, 200, 60],
  [40, 60, 220],
  [240, 220, 50],
  [130, 130, 130],
  [255, 255, 255],
  [20, 16, 24],
  [120, 40, 160],
]

/** Eight colour patches above a ramp. */
function paint(x: number, y: number): Rgb {
  if (y >= 24) return [40 + 3 * x, 240 - 3 * x, 60 + 2 * x + y]
  return patches[x >> 3] ?? [0, 0, 0]
}

/** Alpha by column: transparent, low, half and opaque. Transparent pixels also have colours. */
const alphas = [0, 60, 128, 255]
const solid = () => draw(width, height, paint)
const clear = () => draw(width, height, (x, y) => [...paint(x, y), alphas[(x >> 1) & 3] ?? 0])

/** The same image in every kind of source format. */
export const sources = {
  opaque: await solid().png().toBuffer(),
  transparent: await clear().png().toBuffer(),
  '16-bit': await solid().toColourspace('rgb16').png().toBuffer(),
  grey: await solid().toColourspace('b-w').png().toBuffer(),
  'grey, transparent': await clear().toColourspace('b-w').png().toBuffer(),
  cmyk: await solid().toColourspace('cmyk').withIccProfile('cmyk').jpeg({ quality: 100 }).toBuffer(),
  animated: await moving(),
}

async function moving(): Promise<Buffer> {
  const frames = [solid(), solid().flop(), clear()].map(frame => frame.ensureAlpha().png().toBuffer())
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .webp({ lossless: true, exact: true, delay: [40, 50, 60] })
    .toBuffer()
}

const each = (color: Rgb, change: (value: number, channel: 0 | 1 | 2) => number): Rgb => [
  change(color[0], 0),
  change(color[1], 1),
  change(color[2], 2),
]
const luma = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b
const between = (from: number, to: number, share: number) => from + (to - from) * share

/** Brightness +10, contrast +20, saturation -50 percent and hue 180 degrees, without clamping in between. */
const adjusted: Formula = color => {
  const line = each(color, value => (value + 25.5 - 127.5) * 1.2 + 127.5)
  const pale = each(line, value => between(luma(line), value, 0.5))
  return each(pale, value => 2 * luma(pale) - value)
}

export const formulas: Readonly<Record<string, Formula>> = {
  negate: color => each(color, value => 255 - value),
  'adjust_b-20': color => each(color, value => value + 51),
  'adjust_b--30': color => each(color, value => value - 76.5),
  'adjust_c-50': color => each(color, value => (value - 127.5) * 1.5 + 127.5),
  'adjust_s--100': color => each(color, () => luma(color)),
  'adjust_s-80': color => each(color, value => between(luma(color), value, 1.8)),
  // the CSS matrix for 180 degrees, where the sine is 0
  'adjust_h-180': color => each(color, value => 2 * luma(color) - value),
  // the same matrix for -120 degrees, computed from the rounded weights of the CSS specification (such as 0.213)
  'adjust_h--120': ([r, g, b]) => [
    0.003963 * r + 1.692 * g - 0.6957 * b,
    0.1957 * r + 0.4513 * g + 0.3531 * b,
    1.001 * r + 0.4533 * g - 0.4544 * b,
  ],
  'adjust_b-10,c-20,s--50,h-180': adjusted,
  'adjust_g-2': color => each(color, value => 255 * (value / 255) ** 0.5),
  'adjust_g-0.5': color => each(color, value => 255 * (value / 255) ** 2),
  sepia: ([r, g, b]) => [
    0.393 * r + 0.769 * g + 0.189 * b,
    0.349 * r + 0.686 * g + 0.168 * b,
    0.272 * r + 0.534 * g + 0.131 * b,
  ],
  'duotone_a-1b1464,b-ffd89b': color =>
    each([27, 20, 100], (from, channel) => between(from, [255, 216, 155][channel] ?? 0, luma(color) / 255)),
  'tint_c-b3622e': color => tinted(color, [0xb3, 0x62, 0x2e]),
  'gradient_c-f00,a-0.8,d-right': (color, { x }) => overlaid(color, [255, 0, 0], (0.8 * (x + 0.5)) / width),
  'gradient_c-00ff0080,a-1,d-90,from-0.25,to-0.75': (color, { x }) =>
    overlaid(color, [0, 255, 0], (128 / 255) * Math.min(1, Math.max(0, (1 - (x + 0.5) / width - 0.25) * 2))),
  'gradient_c-000,a-1': (color, { y }) => overlaid(color, [0, 0, 0], (y + 0.5) / height),
  grayscale: color => each(color, () => 255 * encoded(luma(each(color, value => linear(value / 255))))),
}

const overlaid = (color: Rgb, over: Rgb, share: number) =>
  each(color, (value, channel) => between(value, over[channel], share))

/** sRGB's transfer function (IEC 61966-2-1), for values of 0–1. */
const linear = (share: number) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4)
const encoded = (share: number) => (share <= 0.0031308 ? share * 12.92 : 1.055 * share ** (1 / 2.4) - 0.055)

const white = [0.9505, 1, 1.089] as const

/** CIELAB of an sRGB colour. */
function toLab(color: Rgb): Rgb {
  const [r, g, b] = each(color, value => linear(value / 255))
  const xyz = [
    0.4124 * r + 0.3576 * g + 0.1805 * b,
    0.2126 * r + 0.7152 * g + 0.0722 * b,
    0.0193 * r + 0.1192 * g + 0.9505 * b,
  ]
  const [x = 0, y = 0, z = 0] = xyz.map((value, axis) => {
    const share = value / (white[axis] ?? 1)
    return share > 0.008856 ? Math.cbrt(share) : 7.787 * share + 16 / 116
  })
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

function fromLab([l, a, b]: Rgb): Rgb {
  const y = (l + 16) / 116
  const [X = 0, Y = 0, Z = 0] = [y + a / 500, y, y - b / 200].map((value, axis) => {
    const share = value ** 3 > 0.008856 ? value ** 3 : (value - 16 / 116) / 7.787
    return share * (white[axis] ?? 1)
  })
  const shares: Rgb = [
    3.2406 * X - 1.5372 * Y - 0.4986 * Z,
    -0.9689 * X + 1.8758 * Y + 0.0415 * Z,
    0.0557 * X - 0.204 * Y + 1.057 * Z,
  ]
  return each(shares, share => 255 * encoded(Math.min(1, Math.max(0, share))))
}

/**
 * The CIELAB lightness of the colour's grey value, with a and b of the tint. Towards black and white, a and b are
 * reduced.
 */
function tinted(color: Rgb, tint: Rgb): Rgb {
  const grey = each(color, () => 255 * encoded(luma(each(color, value => linear(value / 255)))))
  const [l] = toLab(grey)
  const [, a, b] = toLab(tint)
  const weight = 1 - 4 * (l / 100 - 0.5) ** 2
  return fromLab([l, a * weight, b * weight])
}
