import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { TaskFailure } from '../metadata/tasks.ts'
import type { Logger } from '../telemetry/logger.ts'

/**
 * Works on images one after the other, and returns how many failed. A failed image does not stop those after it, as it
 * might fail for ever. During an outage every other one would fail, too.
 * @throws the error of an outage, or the signal's reason
 */
export async function forEachImage<Image extends { readonly id: string }>(
  images: readonly Image[],
  work: (image: Image) => Promise<unknown>,
  { logger, signal, message }: { logger: Pick<Logger, 'warn'>; signal: AbortSignal; message: string },
): Promise<number> {
  let failed = 0
  for (const image of images) {
    signal.throwIfAborted()
    try {
      await work(image)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof DarkroomError && error.isOutage) throw error
      failed++
      const { cause } = error instanceof Error ? error : {}
      logger.warn(
        { imageId: image.id, reason: messageOf(error), ...(cause !== undefined && { err: cause }) },
        message,
      )
    }
  }
  return failed
}

/** The failure of a task that could not do some images; undefined for none. */
export function failureOf(failed: number): TaskFailure | undefined {
  if (failed === 0) return undefined
  return { code: 'unavailable', detail: `images: ${failed} failed, which the hourly clean-up tries again` }
}
