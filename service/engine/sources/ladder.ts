import type { Sharp } from 'sharp'
import type { Size } from '../../operations/shapes.ts'
import { decodeCostMs } from '../../plan/cost.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import { isPaged } from '../../plan/facts.ts'
import { rungSize } from '../../plan/ladder.ts'
import type { RungFormat } from '../../plan/rungs.ts'
import type { RenderLimits } from '../render.ts'
import { maxRenderSeconds, openIntermediate, openSource } from './libvips.ts'

/** Small copies that are to be made of an original's first page. */
export interface LadderSpec {
  readonly facts: ImageFacts
  readonly format: RungFormat
  /** In pixels, the smallest first; at least one. */
  readonly widths: readonly number[]
}

/** A copy of an original, `width` pixels wide. */
export interface BuiltRung {
  readonly width: number
  readonly data: Buffer
}

/** Milliseconds to write a megapixel of a rung. */
const writeMs = { jpg: 24, png: 40 } as const

/** Estimated CPU milliseconds for all of them. */
export function ladderCostMs({ facts, format, widths }: LadderSpec): number {
  const sizes = widths.map(width => rungSize(facts, width))
  const megapixels = sizes.reduce((sum, { width, height }) => sum + (width * height) / 1e6, 0)
  return decodeCostMs(facts, 1) + megapixels * writeMs[format]
}

/**
 * Makes rungs: upright, in sRGB, without metadata. The original is decoded once, for the largest; each smaller one is
 * made of the pixels of the one before.
 * @throws the signal's reason between two rungs; whatever libvips says of an original that is damaged
 */
export async function buildLadder(
  original: Buffer,
  spec: LadderSpec,
  { maxPixels, signal }: RenderLimits,
): Promise<BuiltRung[]> {
  const { facts, format, widths } = spec
  const built: BuiltRung[] = []
  // the rendition of a paged format is described by its own file
  let open = () => openSource(original, maxPixels, isPaged(facts.format) ? {} : { facts })
  for (const width of widths.toReversed()) {
    signal?.throwIfAborted()
    const pixels = await shrinkTo(open(), rungSize(facts, width), facts.alpha)
    open = () => openIntermediate(pixels, maxRenderSeconds)
    built.push({ width, data: await encodeRung(open(), format).toBuffer() })
  }
  return built
}

/**
 * The pixels of a rung, row after row: 8 bits a sample, three channels, or four where it can be transparent.
 * @throws whatever libvips says of a file that is damaged
 */
export function decodeRung(file: Buffer, { maxPixels }: Pick<RenderLimits, 'maxPixels'>): Promise<Buffer> {
  return openSource(file, maxPixels, { facts: { profile: 'none', space: 'srgb' } })
    .raw()
    .toBuffer()
}

/** As a file without compression: it keeps transparency, which sharp drops from raw grey pixels. */
function shrinkTo(picture: Sharp, size: Size, alpha: boolean): Promise<Buffer> {
  const shrunk = picture.resize({ ...size, fit: 'fill', fastShrinkOnLoad: false })
  return (alpha ? shrunk.ensureAlpha() : shrunk.removeAlpha()).png({ compressionLevel: 0 }).toBuffer()
}

/** Twice the pixels of any result leave nothing to see of what this quality loses. */
function encodeRung(pixels: Sharp, format: RungFormat): Sharp {
  return format === 'jpg'
    ? pixels.jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
    : pixels.png({ compressionLevel: 6 })
}
