import type { Color } from '../color.ts'
import type { ChannelMatrix, ColorMap, RgbTriple } from '../color-map.ts'
import type { Frame } from '../shapes.ts'
import type { Pixels, Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'
import { eachRow } from './rows.ts'

/** Applies a colour map to every pixel; alpha stays. */
export function recolor(frame: Frame, name: string, { matrix, slope, offset }: ColorMap): Stage {
  if (matrix) return applyMatrix(frame, name, foldSlope(matrix, slope), offset)
  // libvips truncates fractions, so half is added to round.
  const rounding: RgbTriple = [offset[0] + 0.5, offset[1] + 0.5, offset[2] + 0.5]
  return {
    name,
    rank: rank.linear,
    colors: 'adds',
    changesColors: true,
    frame,
    costMs: msPerMegapixel.linear * megapixels(frame),
    apply: pipeline => pipeline.linear(slope, rounding),
  }
}

/**
 * Multiplies in JavaScript, because libvips would multiply in floating point, which takes twice as long, and fifteen
 * times as long with alpha.
 */
function applyMatrix(frame: Frame, name: string, matrix: ChannelMatrix, offset: RgbTriple): Stage {
  return {
    name,
    rank: rank.editPixels,
    colors: 'adds',
    changesColors: true,
    frame,
    costMs: msPerMegapixel.matrix * megapixels(frame),
    apply: (pipeline, context) =>
      context.editPixels(pipeline, pixels => multiplyPixels(pixels, matrix, offset)),
  }
}

function multiplyPixels(pixels: Pixels, [red, green, blue]: ChannelMatrix, offset: RgbTriple): Promise<void> {
  const { data, width, channels } = pixels
  return eachRow(pixels, row => {
    const end = (row + 1) * width * channels
    for (let at = row * width * channels; at < end; at += channels) {
      const r = data[at] ?? 0
      const g = data[at + 1] ?? 0
      const b = data[at + 2] ?? 0
      data[at] = red[0] * r + red[1] * g + red[2] * b + offset[0]
      data[at + 1] = green[0] * r + green[1] * g + green[2] * b + offset[1]
      data[at + 2] = blue[0] * r + blue[1] * g + blue[2] * b + offset[2]
    }
  })
}

function foldSlope([red, green, blue]: ChannelMatrix, slope: RgbTriple): ChannelMatrix {
  const times = ([r, g, b]: RgbTriple, factor: number): RgbTriple => [r * factor, g * factor, b * factor]
  return [times(red, slope[0]), times(green, slope[1]), times(blue, slope[2])]
}

/**
 * Raises each channel, as a fraction of its full range, to the power 1 / `exponent`. An exponent above 1 brightens
 * the midtones.
 * @param exponent from 1/3 to 3, the range that sharp accepts
 */
export function gamma(frame: Frame, exponent: number): Stage {
  const brightens = exponent > 1
  return {
    name: `gamma ${exponent}`,
    rank: brightens ? rank.brighten : rank.darken,
    changesColors: true,
    frame,
    costMs: msPerMegapixel.gamma * megapixels(frame),
    apply: pipeline => (brightens ? pipeline.gamma(1, exponent) : pipeline.gamma(1 / exponent, 1)),
  }
}

/**
 * Tints the image with one colour and keeps its lightness. In CIELAB, L stays; a and b become those of the colour,
 * fully at L 50 and less towards black and white (multiplied by 1 − 4(L/100 − ½)²), as sharp implements it.
 */
export function tint(frame: Frame, { r, g, b }: Color): Stage {
  return {
    name: 'tint',
    rank: rank.tint,
    colors: 'adds',
    changesColors: true,
    frame,
    costMs: msPerMegapixel.tint * megapixels(frame),
    apply: pipeline => pipeline.tint({ r, g, b }),
  }
}
