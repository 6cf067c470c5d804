import { DarkroomError } from '../errors/catalogue.ts'
import type { SourceSettings } from '../operations/settings.ts'
import type { Frame, Size } from '../operations/shapes.ts'
import type { ImageFacts } from './facts.ts'
import { type OutputFormat, outputFormats } from './formats.ts'

/** The pages or frames to read from an original. */
export interface PageSelection {
  /** Counted from 1. */
  readonly page: number
  /** More than one for an animation that stays animated. */
  readonly frames: number
}

/**
 * The most frames of an animation, and the most pixels of all its frames together, that a rendering may hold in memory.
 */
const maxFrames = 1_000
const maxAnimatedPixels = 100_000_000

/** Whether the original's pages are the frames of an animation. */
export function isAnimation({ format, pages, orientation }: ImageFacts): boolean {
  return pages > 1 && orientation === 1 && (format === 'gif' || format === 'webp')
}

/** Whether a derivative stays animated, in a format that supports animation. */
export function staysAnimated(facts: ImageFacts, { page, animate }: SourceSettings): boolean {
  return isAnimation(facts) && (animate ?? page === undefined)
}

/**
 * Selects the page or frames that a derivative reads.
 * @throws DarkroomError `not-applicable` for a page that the image does not have, `bad-url` for `n` with `animate-1`
 */
export function selectPages(
  facts: ImageFacts,
  settings: SourceSettings,
  format: OutputFormat,
): PageSelection {
  const { page = 1, animate } = settings
  if (page > facts.pages) {
    throw new DarkroomError(
      'not-applicable',
      `page: n-${page} does not exist, expected at most ${facts.pages}`,
    )
  }
  if (animate && settings.page !== undefined) {
    throw new DarkroomError('bad-url', 'page: n cannot be combined with animate-1, expected one of them')
  }
  const animated = staysAnimated(facts, settings) && outputFormats[format].animated
  return { page, frames: animated ? Math.min(facts.pages, maxFrames) : 1 }
}

/** The number of frames that fit the pixel limit at this size; at least one. */
export function framesThatFit(frames: number, { width, height }: Size): number {
  return Math.max(1, Math.min(frames, Math.floor(maxAnimatedPixels / (width * height))))
}

/** The frame before the first operation. @throws DarkroomError `not-applicable` for a page whose size is not known */
export function sourceFrame(facts: ImageFacts, page: number): Frame {
  const { width, height, alpha, pageSizes } = facts
  if (pageSizes === undefined) return { width, height, alpha }
  const size = pageSizes[page - 1]
  if (size === undefined) {
    throw new DarkroomError(
      'not-applicable',
      `page: n-${page} cannot be read, expected at most ${pageSizes.length}`,
    )
  }
  return { width: size[0], height: size[1], alpha }
}
