import type { Color } from './color.ts'

/** Red, green and blue. */
export type RgbTriple = [number, number, number]

/** A row for each of red, green and blue of the result: how much of the old red, green and blue is in it. */
export type ChannelMatrix = [RgbTriple, RgbTriple, RgbTriple]

/** How a colour changes: `slope` · (`mix` × colour) + `offset`, on sRGB samples of 0–255. */
export interface ColorMap {
  /** Absent: each channel stays by itself. */
  readonly matrix?: ChannelMatrix
  readonly slope: RgbTriple
  readonly offset: RgbTriple
}

const none: RgbTriple = [0, 0, 0]
const all: RgbTriple = [1, 1, 1]

/** Each channel's share of luminance: ITU-R BT.709, on encoded samples, as CSS filters take it. */
const luminanceWeights: RgbTriple = [0.2126, 0.7152, 0.0722]

/** Luminance of a colour, 0–255. */
export const luminanceOf = (r: number, g: number, b: number) =>
  luminanceWeights[0] * r + luminanceWeights[1] * g + luminanceWeights[2] * b

/** Takes one level to black and another, higher one to white, and all others along. */
export function stretchMap(low: number, high: number): ColorMap {
  const slope = 255 / (high - low)
  return { slope: [slope, slope, slope], offset: [-low * slope, -low * slope, -low * slope] }
}

/** Each channel is what it lacks of white. */
export const negateMap: ColorMap = { slope: [-1, -1, -1], offset: [255, 255, 255] }

/** The brown of old photographs: `sepia(1)` of CSS Filter Effects 1. */
export const sepiaMap: ColorMap = {
  matrix: [
    [0.393, 0.769, 0.189],
    [0.349, 0.686, 0.168],
    [0.272, 0.534, 0.131],
  ],
  slope: all,
  offset: none,
}

/** Luminance as a place on the straight line through sRGB from one colour to another. */
export function duotoneMap(shadow: Color, highlight: Color): ColorMap {
  const { r, g, b } = shadow
  const slope: RgbTriple = [highlight.r - r, highlight.g - g, highlight.b - b]
  return {
    matrix: [luminanceWeights, luminanceWeights, luminanceWeights],
    slope: [slope[0] / 255, slope[1] / 255, slope[2] / 255],
    offset: [r, g, b],
  }
}

/** What `adjust` asks for; 0 changes nothing. */
export interface Adjustment {
  /** Percent of the full range that is added to each channel. */
  readonly brightness: number
  /** Percent by which channels move away from middle grey, or towards it. */
  readonly contrast: number
  /** Percent by which colours move away from grey, or towards it. */
  readonly saturation: number
  /** Degrees around the colour wheel. */
  readonly hue: number
}

/**
 * Brightness, contrast, saturation and hue one after the other, in one step that cuts off nothing in between:
 * brightness adds, contrast is a line through middle grey, saturation and hue are the matrices of CSS Filter Effects 1
 * (with BT.709's exact shares). Undefined when nothing changes.
 */
export function adjustmentMap({ brightness, contrast, saturation, hue }: Adjustment): ColorMap | undefined {
  const slope = 1 + contrast / 100
  const offset = slope * 2.55 * brightness + 127.5 * (1 - slope)
  const turned = ((hue % 360) + 360) % 360
  const mixes = saturation !== 0 || turned !== 0
  if (!mixes && brightness === 0 && contrast === 0) return undefined
  const line: ColorMap = { slope: [slope, slope, slope], offset: [offset, offset, offset] }
  // a line that is the same for all channels may follow the mix as well as precede it, which keeps greys
  return mixes ? { matrix: product(hueRotation(turned), saturating(1 + saturation / 100)), ...line } : line
}

/** CSS `saturate()`: 0 leaves luminance, 1 changes nothing. */
function saturating(amount: number): ChannelMatrix {
  const row = (own: number): RgbTriple => {
    const [r, g, b] = luminanceWeights
    const rest = 1 - amount
    return [
      r * rest + (own === 0 ? amount : 0),
      g * rest + (own === 1 ? amount : 0),
      b * rest + (own === 2 ? amount : 0),
    ]
  }
  return [row(0), row(1), row(2)]
}

/** CSS `hue-rotate()`: a rotation about the grey axis that roughly keeps luminance. */
function hueRotation(degrees: number): ChannelMatrix {
  const [r, g, b] = luminanceWeights
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
  return [
    [r + cos * (1 - r) - sin * r, g - cos * g - sin * g, b - cos * b + sin * (1 - b)],
    [r - cos * r + sin * 0.143, g + cos * (1 - g) + sin * 0.14, b - cos * b - sin * 0.283],
    [r - cos * r - sin * (1 - r), g - cos * g + sin * g, b + cos * (1 - b) + sin * b],
  ]
}

function product(left: ChannelMatrix, right: ChannelMatrix): ChannelMatrix {
  const row = ([r, g, b]: RgbTriple): RgbTriple => {
    const at = (column: 0 | 1 | 2) => r * right[0][column] + g * right[1][column] + b * right[2][column]
    return [at(0), at(1), at(2)]
  }
  return [row(left[0]), row(left[1]), row(left[2])]
}
