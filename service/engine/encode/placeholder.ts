import { fitWithin } from '../../operations/analysis/resample.ts'
import { openRgba } from '../../operations/analysis/rgba.ts'
import { decodeThumbhash } from '../../operations/analysis/thumbhash.ts'
import type { Size } from '../../operations/shapes.ts'
import { encodeCostMs } from '../../plan/cost.ts'
import { type OutputFormat, outputFormats } from '../../plan/formats.ts'
import { writeJxl } from '../foreign/jxl-output.ts'
import { applyEncoder } from './encoders.ts'

/** A placeholder to draw: a ThumbHash at a given size. */
export interface PlaceholderSpec extends Size {
  /** Base64. */
  readonly thumbhash: string
  readonly format: OutputFormat
  /** Whether the placeholder may be transparent. */
  readonly alpha: boolean
}

/** The longest side of a placeholder in pixels. It is so smooth that it looks the same when a client enlarges it. */
const longestSide = 1024

/** The lowest effort of each encoder. A PNG without any compression would be as large as its pixels. */
const settingsOf = (format: OutputFormat) => ({ effort: format === 'png' ? 1 : 0 })

/** Estimated CPU milliseconds. */
export function placeholderCostMs({ width, height, format }: PlaceholderSpec): number {
  return encodeCostMs(fitWithin({ width, height }, longestSide), format, settingsOf(format))
}

/** Renders a ThumbHash as an image file with the requested proportions and no side over 1,024 pixels. */
export async function drawPlaceholder(spec: PlaceholderSpec): Promise<Buffer> {
  const { thumbhash, format, alpha } = spec
  const small = openRgba(decodeThumbhash(Buffer.from(thumbhash, 'base64')))
  const drawn = small.resize({ ...fitWithin(spec, longestSide), fit: 'cover', kernel: 'cubic' })
  const written = alpha && outputFormats[format].alpha ? drawn : drawn.flatten({ background: 'white' })
  if (format === 'jxl') return (await writeJxl(written, settingsOf(format))).data
  return applyEncoder(written, format, settingsOf(format)).toBuffer()
}
