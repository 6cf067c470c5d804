import type { Size } from '../shapes.ts'

/** A small image in sRGB: red, green, blue and alpha, 8 bits each, row by row. */
export interface RgbaPixels extends Size {
  readonly data: Uint8Array
}

/** The inputs of each result along one axis: `count` of them from `first` on, with weights whose sum is 1. */
interface Taps {
  readonly first: Int32Array
  readonly count: number
  /** `weights[result * count + input]` */
  readonly weights: Float64Array
}

const channels = 4

/** The size scaled down, if needed, so that no side is longer than `maxSide`. */
export function fitWithin({ width, height }: Size, maxSide: number): Size {
  const factor = Math.min(1, maxSide / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}

/**
 * Scales pixels to exactly this size: means of areas where it shrinks, cubic interpolation (Catmull-Rom) where it
 * enlarges. Colours count by their opacity. For images of a few hundred pixels a side it takes less time than starting a
 * pipeline of libvips, and a thread that only analyses images need not load libvips.
 */
export function resample(pixels: RgbaPixels, { width, height }: Size): RgbaPixels {
  if (pixels.width === width && pixels.height === height) return pixels
  const rows = resampleRows(pixels, tapsFor(pixels.width, width), width)
  return resampleColumns(rows, pixels.height, tapsFor(pixels.height, height), { width, height })
}

/** Along each row. The colours of the result are multiplied by its alpha. */
function resampleRows({ data, width, height }: RgbaPixels, taps: Taps, to: number): Float32Array {
  const { first, count, weights } = taps
  const result = new Float32Array(to * height * channels)
  let at = 0
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      let [red, green, blue, alpha] = [0, 0, 0, 0]
      let from = (y * width + (first[x] ?? 0)) * channels
      for (let tap = x * count; tap < (x + 1) * count; tap++, from += channels) {
        const weight = (weights[tap] ?? 0) * (data[from + 3] ?? 0)
        red += weight * (data[from] ?? 0)
        green += weight * (data[from + 1] ?? 0)
        blue += weight * (data[from + 2] ?? 0)
        alpha += weight
      }
      result[at++] = red
      result[at++] = green
      result[at++] = blue
      result[at++] = alpha
    }
  }
  return result
}

/** Along each column, then divides the colours by alpha. */
function resampleColumns(rows: Float32Array, from: number, taps: Taps, { width, height }: Size): RgbaPixels {
  const { first, count, weights } = taps
  const line = width * channels
  const data = new Uint8ClampedArray(line * height)
  const sums = new Float32Array(line)
  for (let y = 0; y < height; y++) {
    sums.fill(0)
    for (let tap = 0; tap < count; tap++) {
      const weight = weights[y * count + tap] ?? 0
      const row = Math.min(from - 1, (first[y] ?? 0) + tap) * line
      for (let at = 0; at < line; at++) sums[at] = (sums[at] ?? 0) + weight * (rows[row + at] ?? 0)
    }
    for (let at = 0; at < line; at += channels) {
      const alpha = sums[at + 3] ?? 0
      data[y * line + at + 3] = alpha
      if (alpha <= 0) continue
      for (let channel = 0; channel < 3; channel++)
        data[y * line + at + channel] = (sums[at + channel] ?? 0) / alpha
    }
  }
  return { data: new Uint8Array(data.buffer), width, height }
}

function tapsFor(from: number, to: number): Taps {
  const scale = from / to
  const reach = scale > 1 ? scale / 2 : 2
  const count = Math.min(from, Math.ceil(2 * reach) + 1)
  const first = new Int32Array(to)
  const weights = new Float64Array(to * count)
  for (let result = 0; result < to; result++) {
    const center = (result + 0.5) * scale
    const [begin, end] = [Math.floor(center - reach), Math.ceil(center + reach)]
    const start = Math.max(0, Math.min(from - count, begin))
    first[result] = start
    let sum = 0
    for (let input = begin; input < end; input++) {
      const weight =
        scale > 1
          ? Math.max(0, Math.min(input + 1, center + reach) - Math.max(input, center - reach))
          : catmullRom(Math.abs(input + 0.5 - center))
      // beyond the edge, the pixel at the edge is repeated
      const at = result * count + Math.max(0, Math.min(from - 1, input)) - start
      weights[at] = (weights[at] ?? 0) + weight
      sum += weight
    }
    for (let at = result * count; at < (result + 1) * count; at++) weights[at] = (weights[at] ?? 0) / sum
  }
  return { first, count, weights }
}

/** Source: Keys, Cubic convolution interpolation for digital image processing, 1981, with a = -1/2. */
function catmullRom(x: number): number {
  if (x >= 2) return 0
  return x < 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2
}
