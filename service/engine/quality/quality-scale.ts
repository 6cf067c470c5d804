import type { OutputSettings } from '../../operations/settings.ts'
import type { OutputFormat } from '../../plan/formats.ts'

/** How quality relates to size in a format, so that a search can predict where to look. */
export interface QualityScale {
  /** The format's default quality, at which a search starts. */
  readonly start: number
  /** Whether the format is lossless unless a quality is set. `start` is then the first lossy step. */
  readonly lossless?: true
  /** The lowest and highest quality. */
  readonly range: readonly [least: number, most: number]
  /** Natural logarithm of bytes per pixel by quality: the mean of ten photographs at 500 pixels. */
  readonly curve: readonly (readonly [quality: number, bytes: number])[]
  /** Maps a quality to encoder settings; absent when the quality is passed to the encoder unchanged. */
  readonly settings?: (quality: number) => OutputSettings
}

/** The formats whose quality can be searched to fit a byte budget. */
export const qualityScales: Readonly<Partial<Record<OutputFormat, QualityScale>>> = {
  jpg: {
    start: 80,
    range: [1, 100],
    curve: [
      [1, -4.6],
      [10, -4.05],
      [20, -3.62],
      [40, -3.14],
      [60, -2.85],
      [80, -2.42],
      [90, -1.71],
      [95, -1.29],
      [100, -0.29],
    ],
  },
  webp: {
    start: 79,
    range: [1, 100],
    curve: [
      [1, -4.46],
      [20, -3.88],
      [60, -3.32],
      [80, -2.96],
      [90, -2.46],
      [95, -2.02],
      [100, -1.38],
    ],
  },
  avif: {
    start: 58,
    range: [1, 100],
    curve: [
      [1, -4.72],
      [10, -4.52],
      [20, -4.27],
      [40, -3.69],
      [60, -3.08],
      [80, -2.49],
      [95, -1.75],
      [100, -0.92],
    ],
  },
  jxl: {
    start: 75,
    range: [1, 99],
    curve: [
      [1, -4.38],
      [20, -3.22],
      [40, -3.03],
      [60, -2.77],
      [80, -2.34],
      [90, -1.93],
      [95, -1.57],
      [100, -0.24],
    ],
  },
  // quality of the palette
  png: {
    start: 100,
    lossless: true,
    settings: quality => (quality === 100 ? { colors: 256 } : { quality }),
    range: [1, 100],
    curve: [
      [1, -2.21],
      [10, -1.72],
      [60, -1.35],
      [100, -1.02],
    ],
  },
  // the quality is a step from 1 to 4: 1, 2, 4 or 8 bits per pixel
  gif: {
    start: 4,
    range: [1, 4],
    settings: step => ({ colors: 2 ** (2 ** (step - 1)) }),
    curve: [
      [1, -3.24],
      [2, -2.56],
      [3, -1.8],
      [4, -0.77],
    ],
  },
  // JPEG compression; no chroma subsampling from quality 90 upwards
  tiff: {
    start: 90,
    lossless: true,
    range: [1, 100],
    curve: [
      [1, -3.74],
      [20, -3.2],
      [60, -2.67],
      [80, -2.32],
      [89, -2],
      [90, -1.07],
      [95, -0.66],
      [100, 0.03],
    ],
  },
}

/** The logarithm of bytes per pixel at a quality. */
export function logBytesAt({ curve }: QualityScale, quality: number): number {
  return between(curve, quality)
}

/** The (fractional) quality at a logarithm of bytes per pixel. */
export function qualityAt({ curve }: QualityScale, bytes: number): number {
  return between(
    curve.map(([quality, point]) => [point, quality] as const),
    bytes,
  )
}

/** Linear interpolation between knots, constant beyond the ends. */
function between(knots: QualityScale['curve'], x: number): number {
  let [before, value] = knots[0] ?? [0, 0]
  if (x <= before) return value
  for (const [knot, height] of knots) {
    if (x <= knot) return value + ((height - value) * (x - before)) / (knot - before)
    before = knot
    value = height
  }
  return value
}
