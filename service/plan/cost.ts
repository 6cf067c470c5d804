import type { OutputSettings } from '../operations/settings.ts'
import type { Size } from '../operations/shapes.ts'
import type { ImageFacts } from './facts.ts'
import { type OutputFormat, outputFormats } from './formats.ts'
import type { RungFormat } from './rungs.ts'
import { isPaged } from './source-formats.ts'

/** Milliseconds to decode a megapixel, measured on photographs with sharp 0.35. An SVG is rendered. */
const decodeMs = { jpg: 12, png: 14, webp: 18, avif: 40, gif: 10, tiff: 6, svg: 60 } as const

/**
 * Estimated CPU milliseconds to decode one frame. A baseline JPEG whose first stage scales it down is shrunk on load.
 * @param shrink the factor by which the first stage scales down; 1 when it does something else
 */
export function decodeCostMs(facts: ImageFacts, shrink: number): number {
  const shrinkOnLoad = facts.format === 'jpg' && !facts.progressive && shrink >= 2 ? 0.4 : 1
  const slow = facts.progressive ? 2 : 1
  // For a paged format the page's PNG rung is read.
  const perMegapixel = decodeMs[isPaged(facts.format) ? 'png' : facts.format]
  const area = (facts.width * facts.height) / (facts.vector ? shrink ** 2 : 1)
  return (area / 1e6) * perMegapixel * slow * shrinkOnLoad
}

/** Estimated CPU milliseconds to decode a rung. */
export const rungDecodeCostMs = ({ width, height }: Size, format: RungFormat): number =>
  ((width * height) / 1e6) * decodeMs[format]

/** Estimated CPU milliseconds to encode one frame. */
export function encodeCostMs(output: Size, format: OutputFormat, settings: OutputSettings): number {
  const megapixels = (output.width * output.height) / 1e6
  const oneEncoding =
    outputFormats[format].encodeMs * effortFactor(format, settings) * paletteFactor(format, settings)
  return (
    megapixels *
    (oneEncoding * encodingCount(settings) +
      (settings.quality === 'auto' ? measureMs[format === 'jxl' ? 'jxl' : 'others'] : 0))
  )
}

/** Milliseconds per megapixel to measure the original pixels once and the encoded result twice. */
const measureMs = { jxl: 1_000, others: 60 }

/** The mean number of encodings that it takes to reach the requested quality and size. */
function encodingCount({ quality, maxBytes }: OutputSettings): number {
  return (quality === 'auto' ? 2 : 1) + (maxBytes === undefined ? 0 : 2)
}

/** Choosing the colours of a palette costs more than compressing a PNG. */
function paletteFactor(format: OutputFormat, settings: OutputSettings): number {
  const { quality = 100, lossless, maxBytes, palette } = settings
  const quantised = quality === 'auto' || quality < 100 || maxBytes !== undefined || palette !== undefined
  return format === 'png' && quantised && !lossless ? 8 : 1
}

/**
 * Lossless and near-lossless WebP use another encoder. Factors relative to lossy WebP, by effort, measured at 600 px.
 */
const webpEffort = {
  lossless: [3, 7, 7, 9, 10, 10, 10, 27, 27, 27],
  near: [3, 15, 16, 18, 19, 19, 19, 40, 40, 40],
} as const

/** The cost of an effort relative to the encoder's default, measured at 500 px. */
function effortFactor(format: OutputFormat, { effort, lossless, near }: OutputSettings): number {
  if (format === 'webp' && (lossless || near !== undefined))
    return webpEffort[lossless ? 'lossless' : 'near'][effort ?? 3] ?? 1
  const losslessFactor = format === 'avif' && lossless ? 2 : 1
  if (effort === undefined) return losslessFactor
  if (format === 'jpg') return [1, 1, 1, 2.5, 2.5, 8, 8, 8, 10, 10][effort] ?? 1
  if (format === 'avif') return losslessFactor * ([0.3, 1, 1.6, 2.5, 12, 14, 18, 25, 32, 40][effort] ?? 1)
  if (format === 'jxl') return [1, 1, 1, 1, 1.1, 3.3, 4.1, 5.4, 14, 32][effort] ?? 1
  if (format === 'gif') return [1, 1, 1, 1.3, 2.2, 4, 5, 6.5, 8, 10][effort] ?? 1
  return 1 + effort / 3
}
