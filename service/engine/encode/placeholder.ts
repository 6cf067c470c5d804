import { fitWithin, openRgba } from '../../operations/analysis/rgba.ts'
import { decodeThumbhash } from '../../operations/analysis/thumbhash.ts'
import type { Size } from '../../operations/shapes.ts'
import { encodeCostMs } from '../../plan/cost.ts'
import { type OutputFormat, outputFormats } from '../../plan/formats.ts'
import { writeJxl } from '../foreign/jxl-output.ts'
import { applyEncoder } from './encoders.ts'

/** What a ThumbHash shows of an image, in a size that is not its own. */
export interface PlaceholderSpec extends Size {
  /** In base64. */
  readonly thumbhash: string
  readonly format: OutputFormat
  /** Whether it may be transparent. */
  readonly alpha: boolean
}

/** In pixels: what is this smooth loses nothing when a client enlarges it. */
const longestSide = 1024

/** As fast as an encoder can; a PNG of no effort at all would be as large as its pixels. */
const settingsOf = (format: OutputFormat) => ({ effort: format === 'png' ? 1 : 0 })

/** Estimated CPU milliseconds. */
export function placeholderCostMs({ width, height, format }: PlaceholderSpec): number {
  return encodeCostMs(fitWithin({ width, height }, longestSide), format, settingsOf(format))
}

/** Draws what a ThumbHash shows, in the order's proportions and with no side longer than 1024 pixels. */
export async function drawPlaceholder(spec: PlaceholderSpec): Promise<Buffer> {
  const { thumbhash, format, alpha } = spec
  const small = openRgba(decodeThumbhash(Buffer.from(thumbhash, 'base64')))
  const drawn = small.resize({ ...fitWithin(spec, longestSide), fit: 'cover', kernel: 'cubic' })
  const written = alpha && outputFormats[format].alpha ? drawn : drawn.flatten({ background: 'white' })
  if (format === 'jxl') return (await writeJxl(written, settingsOf(format))).data
  return applyEncoder(written, format, settingsOf(format)).toBuffer()
}
