import type { Sources } from '../delivery/sources.ts'
import type { EdgePurger, PurgeReason } from '../edge/edge-purger.ts'
import { imageTag } from '../edge/surrogate-keys.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { DerivativeRepository } from '../metadata/derivatives.ts'
import type { EagerOrderRepository } from '../metadata/eager-orders.ts'
import type { Image } from '../metadata/image.ts'
import type { ImageCleanupRepository } from '../metadata/image-cleanup.ts'
import type { ImageRepository } from '../metadata/images.ts'
import { derivativePrefixes, originalPrefix, rungPrefix } from '../storage/keys.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { WebhookEvents } from '../webhooks/webhook-events.ts'
import type { DerivativeRemover } from './derivative-remover.ts'
import type { PurgeNotices } from './purge-notices.ts'

/** How long the original of a deleted image is kept, in milliseconds. */
const keepMs = 7 * 24 * 3_600_000
/** An upload that has not ended after this many milliseconds has crashed. */
const uploadMs = 3_600_000

export interface ImageDeleterParts {
  readonly images: ImageRepository
  readonly imageCleanup: ImageCleanupRepository
  readonly derivatives: DerivativeRepository
  readonly eagerOrders: EagerOrderRepository
  readonly derivativeRemover: DerivativeRemover
  readonly purgeNotices: PurgeNotices
  readonly edge: EdgePurger
  readonly sources: Sources
  readonly events: Pick<WebhookEvents, 'tryPublish'>
  readonly logger: Logger
}

interface Target {
  readonly id: string
  readonly userId: string
  /** Whether the original stays. */
  readonly kept?: boolean
}

/** Removes images, at once where they are seen and completely where they are stored. */
export interface ImageDeleter {
  /**
   * Deletes an image: from this moment it is answered with `deleted`. Its original is kept for a week, in which it can be
   * restored. @throws DarkroomError `not-found`
   */
  softDelete(userId: string, imageId: string): Promise<void>
  /** Deletes an image for good, be it ready or kept. @throws DarkroomError `not-found` */
  deletePermanently(userId: string, imageId: string): Promise<void>
  /**
   * Takes a deletion back: the image is delivered again.
   * @throws DarkroomError `not-found` when there is nothing to have back, `conflict` when it is not deleted
   */
  restore(userId: string, imageId: string): Promise<Image>
  /** Gives an upload up that did not come to its end. Never throws: the sweep repeats what fails. */
  abandonUpload(upload: Target): Promise<void>
  /** Forgets images that were deleted, in this process at once and in others within a second. */
  invalidate(images: readonly Target[]): void
  /**
   * Clears a deleted image away, with what it was painted into, and has caches in front told.
   * @throws what the store, the database or the queue has to say; the sweep repeats it
   */
  removeObjects(image: Target, reason: PurgeReason, signal?: AbortSignal): Promise<void>
  /** Finishes what a crash or an unreachable store left half done; ends early when the signal aborts. */
  sweep(signal: AbortSignal): Promise<void>
}

export function createImageDeleter(parts: ImageDeleterParts): ImageDeleter {
  const { images, imageCleanup, purgeNotices, sources, events, logger } = parts
  /** A row that is marked as deleted is the promise; the objects follow, now or in the next sweep. */
  const attempt = async (target: Target, clearing: Promise<void>): Promise<boolean> => {
    try {
      await clearing
      return true
    } catch (error) {
      logger.warn(
        { imageId: target.id, reason: messageOf(error) },
        'a deleted image still has objects; the next sweep tries again',
      )
      return false
    }
  }
  const clear = (target: Target, signal?: AbortSignal) =>
    attempt(target, clearImage(parts, target, 'delete', signal))
  const forget = (targets: readonly Target[]) => {
    for (const { id: imageId, userId } of targets) {
      sources.forget({ userId, imageId })
      purgeNotices.publish(userId, [imageId])
    }
  }
  const abandon = async (upload: Target, signal?: AbortSignal): Promise<boolean> => {
    const given = await images.abandonUpload(upload.id).catch(error => {
      logger.warn(
        { imageId: upload.id, reason: messageOf(error) },
        'an upload could not be given up; the next sweep tries again',
      )
    })
    return given ? attempt(upload, clearUpload(parts, upload, signal)) : false
  }
  const away = async (image: Image | undefined, kept: boolean) => {
    if (image === undefined) throw new DarkroomError('not-found', 'there is no such image')
    const target = { id: image.id, userId: image.userId, kept }
    forget([target])
    await events.tryPublish(image.userId, { event: 'image.deleted', data: { imageId: image.id } })
    await clear(target)
  }
  return {
    abandonUpload: async upload => {
      await abandon(upload)
    },
    softDelete: async (userId, imageId) => away(await images.softDelete(userId, imageId, keepMs), true),
    deletePermanently: async (userId, imageId) =>
      away(await images.deletePermanently(userId, imageId), false),
    async restore(userId, imageId) {
      const image = await images.restore(userId, imageId)
      if (image === undefined) throw await whyNotRestored(images, userId, imageId)
      purgeNotices.publish(userId, [imageId])
      return image
    },
    invalidate: forget,
    removeObjects: (image, reason, signal) => clearImage(parts, image, reason, signal),
    async sweep(signal) {
      for (;;) {
        const left = await imageCleanup.listUnfinished(new Date(Date.now() - uploadMs))
        let done = 0
        for (const target of left) {
          if (signal.aborted) return
          // one without an extension was never seen
          const finished = await (target.extension === null ? abandon : clear)(target, signal)
          if (finished) done++
        }
        if (left.length > 0) logger.info({ found: left.length, done }, 'swept what was left unfinished')
        // a page comes again as long as there is progress
        if (done === 0) return
      }
    },
  }
}

/** What was never seen by anybody has an original at most. */
async function clearUpload(
  { derivativeRemover, imageCleanup }: ImageDeleterParts,
  { id, userId }: Target,
  signal?: AbortSignal,
): Promise<void> {
  await derivativeRemover.deletePrefixes([originalPrefix(userId, id), rungPrefix(userId, id)], signal)
  await imageCleanup.markPurged(id)
}

async function whyNotRestored(
  images: ImageRepository,
  userId: string,
  imageId: string,
): Promise<DarkroomError> {
  const image = await images.find(userId, imageId)
  if (image?.state === 'ready') return new DarkroomError('conflict', 'the image is not deleted')
  return new DarkroomError('not-found', 'there is no such image')
}

/** Caches in front come last: they would fetch once more what is still there. */
async function clearImage(
  { derivativeRemover, derivatives, eagerOrders, imageCleanup, edge }: ImageDeleterParts,
  { id, userId, kept = false }: Target,
  reason: PurgeReason,
  signal?: AbortSignal,
): Promise<void> {
  const made = [rungPrefix(userId, id), ...derivativePrefixes(userId, id)]
  const prefixes = kept ? made : [originalPrefix(userId, id), ...made]
  await derivativeRemover.deletePrefixes(prefixes, signal)
  await derivativeRemover.removeContaining(userId, [id], reason, signal)
  await derivatives.deleteForImages(userId, [id])
  await eagerOrders.deleteForImage(userId, id)
  await edge.purge([imageTag(id)], reason)
  await (kept ? imageCleanup.markCleared(id) : imageCleanup.markPurged(id))
}
