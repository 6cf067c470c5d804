import { DarkroomError } from '../errors/catalogue.ts'
import type { SourceSettings } from '../operations/settings.ts'
import type { Frame, Size } from '../operations/shapes.ts'
import type { ImageFacts } from './facts.ts'
import { type OutputFormat, outputFormats } from './formats.ts'

/** Pages or frames that are read of an original. */
export interface PageSelection {
  /** Counted from 1. */
  readonly page: number
  /** More than one for an animation that stays one. */
  readonly frames: number
}

/** The most frames of an animation, and the most pixels of all its frames together: what a development may hold. */
const maxFrames = 1_000
const maxAnimatedPixels = 100_000_000

/** Whether the original has frames that follow each other in time, rather than pages. */
export function isAnimation({ format, pages, orientation }: ImageFacts): boolean {
  return pages > 1 && orientation === 1 && (format === 'gif' || format === 'webp')
}

/** Whether a derivative in a format that can move would move. */
export function staysAnimated(facts: ImageFacts, { page, animate }: SourceSettings): boolean {
  return isAnimation(facts) && (animate ?? page === undefined)
}

/**
 * The page or frames that a derivative takes.
 * @throws DarkroomError `not-applicable` for a page that the image does not have, `bad-url` for one page of a movement
 */
export function selectPages(
  facts: ImageFacts,
  settings: SourceSettings,
  format: OutputFormat,
): PageSelection {
  const { page = 1, animate } = settings
  if (page > facts.pages) {
    throw new DarkroomError('not-applicable', `page: n-${page} is not there, the image has ${facts.pages}`)
  }
  if (animate && settings.page !== undefined) {
    throw new DarkroomError('bad-url', 'page: n names one frame, so animate-1 cannot stand beside it')
  }
  const moves = staysAnimated(facts, settings) && outputFormats[format].animated
  return { page, frames: moves ? Math.min(facts.pages, maxFrames) : 1 }
}

/** As many of the frames as fit the limit at this size; at least one. */
export function framesThatFit(frames: number, { width, height }: Size): number {
  return Math.max(1, Math.min(frames, Math.floor(maxAnimatedPixels / (width * height))))
}

/** The picture before the first operation. @throws DarkroomError `not-applicable` for a page of unknown size */
export function sourceFrame(facts: ImageFacts, page: number): Frame {
  const { width, height, alpha, pageSizes } = facts
  if (pageSizes === undefined) return { width, height, alpha }
  const size = pageSizes[page - 1]
  if (size === undefined) {
    throw new DarkroomError(
      'not-applicable',
      `page: n-${page} is beyond the ${pageSizes.length} that are read`,
    )
  }
  return { width: size[0], height: size[1], alpha }
}
