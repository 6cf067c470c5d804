import type { Size } from '../operations/shapes.ts'
import type { ImageFacts } from './facts.ts'
import type { OutputFormat } from './formats.ts'
import { rungSize } from './ladder.ts'
import type { Plan } from './plan.ts'
import { sourceFrame } from './selection.ts'

/*
 * Estimates of the memory that work on images takes, in bytes, without the file itself. Measured as the growth of the peak
 * RSS of a process that renders one image (Linux, sharp 0.35, MALLOC_ARENA_MAX=2), 15-megapixel noise, in MB:
 *
 *   to a 400 px JPEG: JPEG 0, progressive JPEG 44 (89 with 4:4:4), PNG 23, interlaced PNG of 6 megapixels 24, WebP 1,
 *     AVIF of 8.6 megapixels 162, TIFF 21, SVG of 6 megapixels 49
 *   JPEG to 1600 px: JPEG 30, PNG 23, WebP 31, AVIF 43, GIF 46, JPEG XL 169; to 4000 px: JPEG 82, WebP 71; to an AVIF of
 *     3000 px 142; rotated 142; blurred 137
 *   GIF of 20 frames of 640 × 427 to 320 px: GIF 36, WebP 33, one frame 0
 */

/** Memory that each render takes, whatever its size. */
const fixedBytes = 8_000_000
/** Memory of the decoder for each pixel of the original. WebP is scaled and a baseline JPEG is read row by row. */
const decoderBytes = { jpg: 0, png: 2, webp: 0, avif: 20, gif: 4, tiff: 1, svg: 0 } as const
/** The coefficients of all rows of a progressive JPEG without chroma subsampling, or the rows of an interlaced PNG. */
const progressiveBytes = { jpg: 6, png: 4 } as const
/** Memory of a page of a paged format, which is a PNG. */
const pageBytes = 4
/** Memory for each pixel that is read, after the decoder has shrunk it, and for each that stages and encoders keep. */
const readBytes = 2
const keptBytes = 7
/** Memory of the encoder for each pixel of the output, in addition. JPEG XL runs in WebAssembly. */
const encoderBytes: Readonly<Partial<Record<OutputFormat, number>>> = { avif: 14, gif: 9, jxl: 90, tiff: 3 }
/** Memory of the thread that renders SVG, and for each pixel that it renders. */
const svgThreadBytes = 40_000_000
const svgBytes = 12
/** Memory for each pixel to measure and encode again when the quality is searched for. */
const searchBytes = 8
/** Memory for each pixel of a rung: as it is read, and as it is encoded. */
const rungBytes = 8

/** Estimated bytes that rendering a plan takes: an upper bound for most, as too little memory ends the process. */
export function renderBytes(plan: Plan): number {
  const { facts, selection, settings, format, passes, rung, sharedCopy } = plan
  const { frames } = selection
  const first = passes[0]?.[0]
  const frame = sourceFrame(facts, selection.page)
  const copy = rung ?? sharedCopy
  const shrink = first?.fixedSize
    ? Math.min(frame.width / first.frame.width, frame.height / first.frame.height)
    : 1
  const source = copy ? 4 * areaOf(copy) : decodingBytes(plan, areaOf(frame), shrink)
  const kept = Math.max(areaOf(plan), ...passes.flat().map(stage => areaOf(stage.frame)))
  const search = settings.quality === 'auto' || settings.maxBytes !== undefined ? searchBytes : 0
  return (
    fixedBytes + frames * (source + kept * keptBytes + areaOf(plan) * ((encoderBytes[format] ?? 0) + search))
  )
}

/** Estimated bytes for building the rungs of an original. */
export function ladderBytes({ facts, widths }: { facts: ImageFacts; widths: readonly number[] }): number {
  const largest = rungSize(facts, Math.max(...widths))
  return copyBytes(facts, largest) + rungBytes * areaOf(largest)
}

/** Estimated bytes for decoding an original to a copy of this size. */
export const copyBytes = (facts: ImageFacts, copy: Size): number =>
  fixedBytes + decodingBytes({ facts }, facts.width * facts.height, 1) + 4 * areaOf(copy)

function decodingBytes(
  { facts, vectorSize }: Pick<Plan, 'facts' | 'vectorSize'>,
  area: number,
  shrink: number,
): number {
  const { format, progressive } = facts
  if (format === 'svg' || facts.vector)
    return svgThreadBytes + svgBytes * (vectorSize ? areaOf(vectorSize) : area)
  if (!isDecoded(format)) return pageBytes * area
  const whole =
    progressive && (format === 'jpg' || format === 'png') ? progressiveBytes[format] : decoderBytes[format]
  const read = format === 'jpg' || format === 'webp' ? area / shrunkBy(shrink) ** 2 : area
  return whole * area + readBytes * read
}

const isDecoded = (format: ImageFacts['format']): format is keyof typeof decoderBytes =>
  format in decoderBytes

/** The power of two by which a decoder shrinks an image that is scaled down by this factor. */
const shrunkBy = (shrink: number) => (shrink >= 8 ? 8 : shrink >= 4 ? 4 : shrink >= 2 ? 2 : 1)

const areaOf = ({ width, height }: Size) => width * height
