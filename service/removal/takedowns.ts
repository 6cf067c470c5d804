import { randomUUID } from 'node:crypto'
import Type from 'typebox'
import { DarkroomError } from '../errors/catalogue.ts'
import type { OwnedImage, Takedown, TakedownRepository } from '../metadata/takedowns.ts'
import type { TaskPage } from '../metadata/tasks.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { WebhookEvents } from '../webhooks/webhook-events.ts'
import { failureOf, forEachImage } from './for-each-image.ts'
import type { ImageDeleter } from './image-deleter.ts'

/** The name of the task that removes the images of a takedown. */
export const takedownTaskName = 'takedown'

/** The payload of the task. */
export const TakedownTask = Type.Object({
  sha256: Type.String(),
  /** Random for each takedown, so that a task under way is no duplicate of a later one. */
  takedown: Type.String(),
})
export type TakedownTask = Type.Static<typeof TakedownTask>

/** The last image of the previous page, empty for the first page, and how many images failed before. */
export const TakedownPosition = Type.Object({ after: Type.String(), failed: Type.Optional(Type.Integer()) })
export type TakedownPosition = Type.Static<typeof TakedownPosition>

export interface TakedownsParts {
  readonly rows: TakedownRepository
  readonly imageDeleter: ImageDeleter
  readonly events: Pick<WebhookEvents, 'publish'>
  readonly logger: Logger
  /** Creates the task. @throws DarkroomError `unavailable` */
  readonly dispatch: (task: TakedownTask) => Promise<unknown>
}

/** The content to take down, by its hash or by one of its images. */
export type TakedownTarget = { readonly imageId: string } | { readonly sha256: string }

const pageSize = 100

/** Blocks contents, by the SHA-256 of their bytes, for all users. */
export interface Takedowns {
  /**
   * Blocks a content and deletes its images of all users: from now on requests for them fail with `deleted`. A task
   * removes their objects.
   * @throws DarkroomError `not-found` for an unknown image
   */
  takeDown(target: TakedownTarget, reason: string, by: string): Promise<Takedown & { images: number }>
  /** Removes the objects of one page of deleted images. The hourly clean-up repeats a removal that fails. */
  runPage(
    task: TakedownTask,
    position: TakedownPosition,
    signal: AbortSignal,
  ): Promise<TaskPage<TakedownPosition>>
  /** Allows a content again; its deleted images are not restored. @throws DarkroomError `not-found` */
  lift(sha256: string): Promise<void>
}

export function createTakedowns(parts: TakedownsParts): Takedowns {
  const { rows, imageDeleter, dispatch } = parts
  const contentOf = async (target: TakedownTarget) => {
    const sha256 = 'sha256' in target ? target.sha256 : await rows.findContentHash(target.imageId)
    if (sha256 === undefined) throw new DarkroomError('not-found', 'there is no such image')
    return sha256
  }
  return {
    async takeDown(target, reason, by) {
      const sha256 = await contentOf(target)
      // the takedown is stored before images are listed: any upload that did not see it has already stored its hash
      const takedown = await rows.add({ sha256, reason, by })
      let images = 0
      for (;;) {
        const removed = await rows.deleteImages(sha256)
        if (removed.length === 0) break
        const visible = removed.filter(image => image.seen)
        imageDeleter.invalidate(visible)
        images += visible.length
      }
      await dispatch({ sha256, takedown: randomUUID() })
      return { ...takedown, images }
    },
    runPage: ({ sha256 }, position, signal) => runPage(parts, sha256, position, signal),
    async lift(sha256) {
      if (!(await rows.lift(sha256))) throw new DarkroomError('not-found', 'there is no such takedown')
    },
  }
}

async function runPage(
  { rows, imageDeleter, events, logger }: TakedownsParts,
  sha256: string,
  { after, failed: failedBefore = 0 }: TakedownPosition,
  signal: AbortSignal,
): Promise<TaskPage<TakedownPosition>> {
  const page = await rows.listUnpurged(sha256, after, pageSize)
  const remove = async (image: OwnedImage, limited: AbortSignal) => {
    const { id: imageId, userId } = image
    const dedupeKey = `image.deleted/${imageId}/takedown`
    await events.publish(userId, { event: 'image.deleted', data: { imageId }, dedupeKey })
    await imageDeleter.removeObjects(image, 'takedown', limited)
  }
  const message = 'failed to remove objects of a taken down image'
  const progress = await forEachImage(page, remove, { logger, signal, message })
  const { reached } = progress
  const failed = failedBefore + progress.failed
  const last = page[reached - 1]
  const isLast = reached === page.length && page.length < pageSize
  const next = last && !isLast ? { after: last.id, failed } : undefined
  return { done: reached - progress.failed, next, failure: failureOf(failed) }
}
