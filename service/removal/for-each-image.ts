import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { TaskFailure } from '../metadata/tasks.ts'
import type { Logger } from '../telemetry/logger.ts'

/** How long a page of images takes at most, in milliseconds. The image that exceeds it is the last of the page. */
const maxPageMs = 30_000

export interface ForEachImageOptions {
  readonly logger: Pick<Logger, 'warn'>
  readonly signal: AbortSignal
  /** Logged for each image that fails. */
  readonly message: string
  readonly pageMs?: number
}

/** How far a page has come. */
export interface PageProgress {
  /** The number of images that were worked on, from the first one; fewer than all when the time of the page was over. */
  readonly reached: number
  /** How many of them failed. */
  readonly failed: number
}

/**
 * Works on images one after the other, until half a minute is over. A failed image does not stop those after it, as it
 * might fail for ever. During an outage every other one would fail, too.
 * @throws the error of an outage, or the signal's reason
 */
export async function forEachImage<Image extends { readonly id: string }>(
  images: readonly Image[],
  work: (image: Image) => Promise<unknown>,
  { logger, signal, message, pageMs = maxPageMs }: ForEachImageOptions,
): Promise<PageProgress> {
  const started = performance.now()
  let failed = 0
  let reached = 0
  for (const image of images) {
    signal.throwIfAborted()
    try {
      await work(image)
    } catch (error) {
      throwOutage(error, signal)
      failed++
      const { cause } = error instanceof Error ? error : {}
      logger.warn(
        { imageId: image.id, reason: messageOf(error), ...(cause !== undefined && { err: cause }) },
        message,
      )
    }
    reached++
    if (performance.now() - started >= pageMs) break
  }
  return { reached, failed }
}

/** Throws the signal's reason when it has aborted, and the error of an outage. Returns for any other error. */
export function throwOutage(error: unknown, signal: AbortSignal): void {
  signal.throwIfAborted()
  if (error instanceof DarkroomError && error.isOutage) throw error
}

/** The failure of a task that could not do some images; undefined for none. */
export function failureOf(failed: number): TaskFailure | undefined {
  if (failed === 0) return undefined
  return { code: 'unavailable', detail: `images: ${failed} failed, which the hourly clean-up tries again` }
}
