import type { Sharp } from 'sharp'
import type { Size } from '../../operations/shapes.ts'
import { decodeCostMs } from '../../plan/cost.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import { rungSize } from '../../plan/ladder.ts'
import type { RungFormat } from '../../plan/rungs.ts'
import { isPaged } from '../../plan/source-formats.ts'
import type { RenderLimits } from '../render.ts'
import { maxRenderSeconds, openIntermediate, openSource } from './libvips.ts'
import { openScaled } from './tiff-floats.ts'

/** Rungs to build: smaller copies of an original's first page. */
export interface LadderSpec {
  readonly facts: ImageFacts
  readonly format: RungFormat
  /** In pixels, the smallest first; at least one. */
  readonly widths: readonly number[]
}

/** A rung, `width` pixels wide, as an encoded file. */
export interface BuiltRung {
  readonly width: number
  readonly data: Buffer
}

/** Milliseconds to encode a megapixel of a rung. */
const writeMs = { jpg: 24, png: 40 } as const

/** Estimated CPU milliseconds for building all rungs. */
export function ladderCostMs({ facts, format, widths }: LadderSpec): number {
  const sizes = widths.map(width => rungSize(facts, width))
  const megapixels = sizes.reduce((sum, { width, height }) => sum + (width * height) / 1e6, 0)
  return decodeCostMs(facts, 1) + megapixels * writeMs[format]
}

/**
 * Builds rungs: upright, in sRGB, without metadata. The original is decoded once, for the largest rung; each smaller
 * rung is made from the pixels of the previous one.
 * @throws the signal's reason between two rungs; any libvips error of a damaged original
 */
export async function buildLadder(
  original: Buffer,
  spec: LadderSpec,
  { maxPixels, signal }: RenderLimits,
): Promise<BuiltRung[]> {
  const { facts, format, widths } = spec
  const built: BuiltRung[] = []
  let source = await openScaled(original, maxPixels, openOptionsOf(facts))
  for (const width of widths.toReversed()) {
    signal?.throwIfAborted()
    const pixels = await shrinkTo(source, rungSize(facts, width), facts.alpha)
    source = openIntermediate(pixels, maxRenderSeconds)
    built.push({ width, data: await encodeRung(source.clone(), format).toBuffer() })
  }
  return built
}

/**
 * Decodes a rung to raw pixels, row by row: 8 bits per sample, three channels, or four if it can be transparent.
 * @throws any libvips error of a damaged file
 */
export function decodeRung(file: Buffer, { maxPixels }: Pick<RenderLimits, 'maxPixels'>): Promise<Buffer> {
  return openSource(file, maxPixels, { facts: { profile: 'none', space: 'srgb' } })
    .raw()
    .toBuffer()
}

/** A copy of an original's first page that several renders read: as large as the page, or smaller. */
export interface CopySpec extends Size {
  readonly facts: ImageFacts
}

/** Estimated CPU milliseconds for decoding a copy. */
export const copyCostMs = ({ facts }: CopySpec): number => decodeCostMs(facts, 1)

/**
 * Decodes an original to the raw pixels of a copy: upright, in sRGB, 8 bits per sample, three channels, or four if it
 * can be transparent.
 * @throws any libvips error of a damaged original
 */
export async function decodeCopy(
  original: Buffer,
  { facts, width, height }: CopySpec,
  { maxPixels }: Pick<RenderLimits, 'maxPixels'>,
): Promise<Buffer> {
  const source = await openScaled(original, maxPixels, openOptionsOf(facts))
  const scaled = source.resize({ width, height, fit: 'fill', fastShrinkOnLoad: false })
  return (facts.alpha ? scaled.ensureAlpha() : scaled.removeAlpha()).raw().toBuffer()
}

/** A page of a paged format was decoded to a PNG, to which the facts of the original do not apply. */
const openOptionsOf = (facts: ImageFacts) =>
  isPaged(facts.format) ? { seconds: maxRenderSeconds } : { facts, seconds: maxRenderSeconds }

/** Returns an uncompressed PNG. It keeps transparency, which sharp drops from raw grey pixels. */
function shrinkTo(pipeline: Sharp, size: Size, alpha: boolean): Promise<Buffer> {
  const shrunk = pipeline.resize({ ...size, fit: 'fill', fastShrinkOnLoad: false })
  return (alpha ? shrunk.ensureAlpha() : shrunk.removeAlpha()).png({ compressionLevel: 0 }).toBuffer()
}

/** A rung is at least twice as wide and high as any result, so the losses of this quality are not visible. */
function encodeRung(pixels: Sharp, format: RungFormat): Sharp {
  return format === 'jpg'
    ? pixels.jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
    : pixels.png({ compressionLevel: 6 })
}
