import type { Color } from './color.ts'

/** Red, green and blue. */
export type RgbTriple = [number, number, number]

/** One row each for red, green and blue of the result: the weights of the old red, green and blue. */
export type ChannelMatrix = [RgbTriple, RgbTriple, RgbTriple]

/** A change of colour: `slope` · (`matrix` × colour) + `offset`, on sRGB samples of 0–255. */
export interface ColorMap {
  /** Absent when channels are not mixed. */
  readonly matrix?: ChannelMatrix
  readonly slope: RgbTriple
  readonly offset: RgbTriple
}

const zeros: RgbTriple = [0, 0, 0]
const ones: RgbTriple = [1, 1, 1]

/** Each channel's weight in luminance: ITU-R BT.709, applied to encoded samples, as CSS filters do. */
const luminanceWeights: RgbTriple = [0.2126, 0.7152, 0.0722]

/** Luminance of a colour, 0–255. */
export const luminanceOf = (r: number, g: number, b: number) =>
  luminanceWeights[0] * r + luminanceWeights[1] * g + luminanceWeights[2] * b

/** Maps the level `low` to black and the higher level `high` to white, linearly in between. */
export function stretchMap(low: number, high: number): ColorMap {
  const slope = 255 / (high - low)
  return { slope: [slope, slope, slope], offset: [-low * slope, -low * slope, -low * slope] }
}

/** Inverts each channel: 255 minus its value. */
export const negateMap: ColorMap = { slope: [-1, -1, -1], offset: [255, 255, 255] }

/** `sepia(1)` of CSS Filter Effects 1. */
export const sepiaMap: ColorMap = {
  matrix: [
    [0.393, 0.769, 0.189],
    [0.349, 0.686, 0.168],
    [0.272, 0.534, 0.131],
  ],
  slope: ones,
  offset: zeros,
}

/** Maps luminance to the straight line through sRGB from the shadow colour to the highlight colour. */
export function duotoneMap(shadow: Color, highlight: Color): ColorMap {
  const { r, g, b } = shadow
  const slope: RgbTriple = [highlight.r - r, highlight.g - g, highlight.b - b]
  return {
    matrix: [luminanceWeights, luminanceWeights, luminanceWeights],
    slope: [slope[0] / 255, slope[1] / 255, slope[2] / 255],
    offset: [r, g, b],
  }
}

/** The options of `adjust`; 0 changes nothing. */
export interface Adjustment {
  /** Percent of the full range to add to each channel. */
  readonly brightness: number
  /** Percent by which channels move away from middle grey; negative moves them towards it. */
  readonly contrast: number
  /** Percent by which colours move away from grey; negative moves them towards it. */
  readonly saturation: number
  /** Degrees around the colour wheel. */
  readonly hue: number
}

/**
 * Combines brightness, contrast, saturation and hue, applied in this order, into one map, so that nothing is clipped in
 * between. Brightness is an addition and contrast a line through middle grey; saturation and hue are the matrices of
 * CSS Filter Effects 1 (with BT.709's exact weights). Undefined when nothing changes.
 */
export function adjustmentMap({ brightness, contrast, saturation, hue }: Adjustment): ColorMap | undefined {
  const slope = 1 + contrast / 100
  const offset = slope * 2.55 * brightness + 127.5 * (1 - slope)
  const degrees = ((hue % 360) + 360) % 360
  const mixes = saturation !== 0 || degrees !== 0
  if (!mixes && brightness === 0 && contrast === 0) return undefined
  const line: ColorMap = { slope: [slope, slope, slope], offset: [offset, offset, offset] }
  // The line is the same for all channels and the matrix keeps greys, so the line may follow the matrix as well as
  // precede it.
  return mixes
    ? { matrix: product(hueRotation(degrees), saturationMatrix(1 + saturation / 100)), ...line }
    : line
}

/** CSS `saturate()`: 0 leaves luminance only, 1 changes nothing. */
function saturationMatrix(amount: number): ChannelMatrix {
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

/** CSS `hue-rotate()`: a rotation around the grey axis that roughly keeps luminance. */
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
