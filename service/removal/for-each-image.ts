import { withTimeLimit } from '../concurrency/time-limit.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { TaskFailure } from '../metadata/tasks.ts'
import type { Logger } from '../telemetry/logger.ts'

/** How long a page of images takes at most, in milliseconds. The image that exceeds it is the last of the page. */
const maxPageMs = 30_000
/**
 * How long one image takes at most, in milliseconds. It then counts as failed, so that those behind it are reached: a page
 * that never ended would begin again with the same image.
 */
const maxImageMs = 120_000

export interface ForEachImageOptions {
  readonly logger: Pick<Logger, 'warn'>
  readonly signal: AbortSignal
  /** Logged for each image that fails. */
  readonly message: string
  readonly pageMs?: number
  readonly imageMs?: number
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
  work: (image: Image, signal: AbortSignal) => Promise<unknown>,
  { logger, signal, message, pageMs = maxPageMs, imageMs = maxImageMs }: ForEachImageOptions,
): Promise<PageProgress> {
  const started = performance.now()
  let failed = 0
  let reached = 0
  for (const image of images) {
    signal.throwIfAborted()
    try {
      await withTimeLimit(imageMs, signal, limited => work(image, limited))
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

/**
 * Works on groups of items one after the other, until half a minute is over. `work` says how far a group has come: the page
 * ends where a group does not reach its end. It gets the time that is left, in milliseconds.
 */
export async function forEachGroup<Item>(
  items: readonly Item[],
  work: (group: readonly Item[], leftMs: number) => Promise<PageProgress>,
  { size, pageMs = maxPageMs }: { readonly size: number; readonly pageMs?: number },
): Promise<PageProgress> {
  const end = performance.now() + pageMs
  let failed = 0
  let reached = 0
  while (reached < items.length && (reached === 0 || performance.now() < end)) {
    const group = items.slice(reached, reached + size)
    const progress = await work(group, Math.max(0, end - performance.now()))
    failed += progress.failed
    reached += progress.reached
    if (progress.reached < group.length) break
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
