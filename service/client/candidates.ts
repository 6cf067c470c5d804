import { badUrl } from '../url/bad-url.ts'
import { type FrameChange, type Growth, type Split, splitAtResize, withFrame } from './frame.ts'
import type { OperationStep, ResizeOptions } from './operations.generated.ts'
import { enlarges, type KnownSize, type Original, outputSize, scaleOf } from './output-size.ts'

/** The candidates of a `srcset`: widths in pixels (`320w`), or pixel densities (`2x`). */
export type Candidates = (
  | { readonly widths: readonly number[] }
  | { readonly densities: readonly number[] }
) & {
  /**
   * The original's size, such as the image that the API returns. With it no candidate is larger than the original, and
   * each states the width that it has.
   */
  readonly original?: Original | undefined
}

/** One candidate of a `srcset`: its operations, its descriptor, and its size as far as it is known. */
export interface Candidate {
  readonly operations: readonly OperationStep[]
  readonly descriptor: string
  readonly size: KnownSize
}

/**
 * Returns the candidates of a `srcset`, smallest first. A width is set in the first resize, or in an appended one. If
 * the resize has a numeric `w` and `h`, `h` scales with it, so that all candidates show the same crop. A density sets
 * its `dpr`. Options behind the resize that count pixels scale with it, so that all candidates look alike.
 * @throws DarkroomError `bad-url` for densities without a resize that has a `w` or `h`
 */
export function candidatesOf(operations: readonly OperationStep[], candidates: Candidates): Candidate[] {
  const split = splitAtResize(operations)
  const { original } = candidates
  const limit: Limit = {
    from: original ? outputSize(split.before, original) : {},
    mayEnlarge: enlarges(split.resize, original),
  }
  const candidate = (change: FrameChange, descriptor: (size: KnownSize) => string): Candidate => {
    const changed = withFrame(split, change, growthWithin(limit))
    const size = outputSize(changed, original)
    return { operations: changed, descriptor: descriptor(size), size }
  }
  if ('densities' in candidates) {
    const densities = candidates.densities.map(density => limitDensity(split, density, limit))
    return ascending(densities).map(dpr => candidate({ dpr }, () => `${dpr}x`))
  }
  const widths = candidates.widths.map(width => limitWidth(split, width, limit))
  return ascending(widths).map(width =>
    candidate(atWidth(split.resize, width), size => `${size.width ?? width}w`),
  )
}

/** The size of the image before the resize, and whether the resize may make it larger. */
interface Limit {
  readonly from: KnownSize
  readonly mayEnlarge: boolean
}

const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b)

/** Corrects a growth by the original's size: a result is never larger than the original, whatever was asked for. */
function growthWithin({ from, mayEnlarge }: Limit): Growth {
  const excess = (scale: number | undefined) => (mayEnlarge ? 1 : Math.max(1, scale ?? 1))
  return (old, next, asked) => {
    const [before, after] = [scaleOf(old, from), scaleOf(next, from)]
    const growth = asked ?? (before && after && after / before) ?? 1
    return (growth * excess(before)) / excess(after)
  }
}

/** A width in device pixels, so the density goes. A height alone goes, too: it would crop each candidate differently. */
function atWidth({ w, h }: ResizeOptions, width: number): FrameChange {
  const frame = { w: width, dpr: undefined }
  if (typeof h !== 'number' || w === 'auto') return frame
  const height = typeof w === 'number' ? Math.max(1, Math.round((h * width) / w)) : undefined
  return { ...frame, h: height }
}

/** The longest side of a result, in pixels. */
const maxSide = 8192

/** The width, or the largest one that the service makes without enlarging the image. */
function limitWidth({ resize }: Split, width: number, { from, mayEnlarge }: Limit): number {
  const next = atWidth(resize, width)
  const scale = mayEnlarge ? 1 : (scaleOf({ ...resize, ...next }, from) ?? 1)
  const excess = Math.max(1, scale, width / maxSide, (Number(next.h) || 0) / maxSide)
  return excess > 1 ? Math.max(1, Math.floor(width / excess + 1e-6)) : width
}

/** The density, or the largest one that does not enlarge the image. */
function limitDensity({ resize }: Split, density: number, { from, mayEnlarge }: Limit): number {
  if (typeof resize.w !== 'number' && typeof resize.h !== 'number') {
    throw badUrl('densities: need a resize with a width or a height')
  }
  const scale = scaleOf({ ...resize, dpr: density }, from)
  if (mayEnlarge || scale === undefined || scale <= 1) return density
  return Math.max(0.1, Math.floor((density / scale) * 100 + 1e-6) / 100)
}
