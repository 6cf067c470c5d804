import { sourceKeys } from '../delivery/source-keys.ts'
import type { Sources } from '../delivery/sources.ts'
import type { EdgePurger, PurgeReason } from '../edge/edge-purger.ts'
import { imageTag } from '../edge/surrogate-keys.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { EagerOrderRepository } from '../metadata/eager-orders.ts'
import type { Image } from '../metadata/image.ts'
import {
  type CleanupPosition,
  type ImageCleanupRepository,
  type OriginalName,
  positionAfter,
  type UnfinishedImage,
} from '../metadata/image-cleanup.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { TaskPage } from '../metadata/tasks.ts'
import { originalKey, originalPrefix, rungPrefix } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { WebhookEvents } from '../webhooks/webhook-events.ts'
import type { DerivativeRemover } from './derivative-remover.ts'
import { failureOf, forEachImage } from './for-each-image.ts'
import type { PurgeNotices } from './purge-notices.ts'

/** How long the original of a deleted image is kept, in milliseconds. */
const retentionMs = 7 * 24 * 3_600_000
/** The time in milliseconds after which an unfinished upload counts as crashed. */
export const uploadTimeoutMs = 3_600_000
/** The number of rows that one page of the clean-up looks at. */
const cleanupPageSize = 100

export interface ImageDeleterParts {
  readonly images: ImageRepository
  readonly imageCleanup: ImageCleanupRepository
  readonly eagerOrders: EagerOrderRepository
  readonly derivativeRemover: DerivativeRemover
  readonly store: ObjectStore
  readonly purgeNotices: PurgeNotices
  readonly edge: EdgePurger
  readonly sources: Sources
  readonly events: Pick<WebhookEvents, 'tryPublish'>
  readonly logger: Logger
}

/** Where a page starts, and how many images of the earlier pages failed. */
type CleanupTaskPosition = CleanupPosition & { readonly failed?: number }

interface Target {
  readonly id: string
  readonly userId: string
  /** Whether the original is kept, so that the image can be restored. */
  readonly kept?: boolean
}

/** An upload to roll back. */
interface AbandonedUpload extends Target {
  /** Of its original; absent when the caller does not know it. */
  readonly extension?: string | null
}

/** Deletes images: every process stops serving them within a second, and their objects are removed from the store. */
export interface ImageDeleter {
  /**
   * Deletes an image: from now on requests for it fail with `deleted`. Its original is kept for a week, in which the
   * image can be restored.
   * @throws DarkroomError `not-found`
   */
  softDelete(userId: string, imageId: string): Promise<void>
  /** Deletes an image with its original, also one that was soft-deleted before. @throws DarkroomError `not-found` */
  deletePermanently(userId: string, imageId: string): Promise<void>
  /**
   * Restores a soft-deleted image.
   * @throws DarkroomError `not-found` when its original is gone, `conflict` when the image is not deleted
   */
  restore(userId: string, imageId: string): Promise<Image>
  /** Rolls back an upload that did not complete. Never throws: the sweep repeats what fails. */
  abandonUpload(upload: AbandonedUpload): Promise<void>
  /** Drops deleted images from the caches of this process at once, and of others within a second. */
  invalidate(images: readonly Target[]): void
  /**
   * Removes the objects and rows of a deleted image and of every derivative that contains it, then purges CDNs.
   * @throws the error of the store, the database or the queue; the sweep repeats the removal
   */
  removeObjects(image: Target, reason: PurgeReason, signal?: AbortSignal): Promise<void>
  /** Completes a page of deletions and roll-backs that a crash or an unreachable store left unfinished. */
  completePage(position: CleanupTaskPosition, signal: AbortSignal): Promise<TaskPage<CleanupTaskPosition>>
}

export function createImageDeleter(parts: ImageDeleterParts): ImageDeleter {
  const { images } = parts
  return {
    softDelete: async (userId, imageId) =>
      finishDeletion(parts, await images.softDelete(userId, imageId, retentionMs), true),
    deletePermanently: async (userId, imageId) =>
      finishDeletion(parts, await images.deletePermanently(userId, imageId), false),
    async restore(userId, imageId) {
      const image = await images.restore(userId, imageId)
      if (image === undefined) throw await whyNotRestored(images, userId, imageId)
      parts.purgeNotices.publish(userId, [imageId])
      return image
    },
    abandonUpload: upload => abandonUpload(parts, upload),
    invalidate: targets => invalidate(parts, targets),
    removeObjects: (image, reason, signal) => removeObjects(parts, image, reason, signal),
    completePage: (position, signal) => completePage(parts, position, signal),
  }
}

const unknownImage = () => new DarkroomError('not-found', 'there is no such image')

async function whyNotRestored(
  images: ImageRepository,
  userId: string,
  imageId: string,
): Promise<DarkroomError> {
  const image = await images.find(userId, imageId)
  return image?.state === 'ready' ? new DarkroomError('conflict', 'the image is not deleted') : unknownImage()
}

/** Runs after the row was marked as deleted. Removes the objects now; the sweep repeats what fails. */
async function finishDeletion(
  parts: ImageDeleterParts,
  image: Image | undefined,
  kept: boolean,
): Promise<void> {
  if (image === undefined) throw unknownImage()
  const target = { id: image.id, userId: image.userId, kept }
  invalidate(parts, [target])
  await parts.events.tryPublish(image.userId, { event: 'image.deleted', data: { imageId: image.id } })
  await tryRemoveObjects(parts, target)
}

function invalidate({ sources, purgeNotices }: ImageDeleterParts, targets: readonly Target[]): void {
  for (const { id: imageId, userId } of targets) {
    sources.forget({ userId, imageId })
    purgeNotices.publish(userId, [imageId])
  }
}

/** Removes derivatives first and purges CDNs last: a CDN would fetch again what is still stored. */
async function removeObjects(
  { derivativeRemover, store, eagerOrders, imageCleanup, edge }: ImageDeleterParts,
  { id, userId, kept = false }: Target,
  reason: PurgeReason,
  signal?: AbortSignal,
): Promise<void> {
  const originals = await imageCleanup.listOriginals(userId, id)
  // the other files of a kept image are deleted by those who replaced its original
  const keys = kept
    ? originals.filter(({ current }) => current).flatMap(name => derivedKeys({ id, userId }, name))
    : originals.flatMap(name => [originalKeyOf({ id, userId }, name), ...derivedKeys({ id, userId }, name)])
  await derivativeRemover.removeOfImages(userId, [id], { signal })
  await store.delete(keys, signal)
  await derivativeRemover.removeContaining(userId, [id], reason, signal)
  await eagerOrders.deleteForImage(userId, id)
  await edge.purge([imageTag(id)], reason)
  await (kept ? imageCleanup.markCleared(id) : imageCleanup.markPurged(id))
}

const originalKeyOf = ({ id, userId }: Target, { extension, version }: OriginalName) =>
  originalKey(userId, id, extension, version)

/** The pages and rungs of an original. */
const derivedKeys = ({ id: imageId, userId }: Target, { extension, version, pages }: OriginalName) =>
  sourceKeys({ userId, imageId, version }, { extension, pages: pages ?? 1 })

/** Whether the objects are gone; a failure is logged, and left to the next sweep. */
const tryRemoveObjects = (parts: ImageDeleterParts, target: Target): Promise<boolean> =>
  tryRemoval(parts, target, removeObjects(parts, target, 'delete'))

async function tryRemoval(
  { logger }: ImageDeleterParts,
  { id: imageId }: Target,
  removal: Promise<void>,
): Promise<boolean> {
  try {
    await removal
    return true
  } catch (error) {
    logger.warn({ imageId, reason: messageOf(error) }, 'failed to remove objects of a deleted image')
    return false
  }
}

/** Rolls an upload back. A failure is logged, and left to the next sweep. */
async function abandonUpload(parts: ImageDeleterParts, upload: AbandonedUpload): Promise<void> {
  const { images, logger } = parts
  try {
    if (await images.abandonUpload(upload.id)) await removeUpload(parts, upload)
    // deleted with its user, perhaps before this upload had written its objects
    else if (upload.extension && !(await images.hasRow(upload.id))) await deleteUploaded(parts, upload)
  } catch (error) {
    logger.warn({ imageId: upload.id, reason: messageOf(error) }, 'failed to roll back an upload')
  }
}

async function removeUpload(
  parts: ImageDeleterParts,
  upload: AbandonedUpload,
  signal?: AbortSignal,
): Promise<void> {
  await deleteUploaded(parts, upload, signal)
  await parts.imageCleanup.markPurged(upload.id)
}

/** An upload that never became visible has an original and a page at most. After a crash, their names are not known. */
async function deleteUploaded(
  { derivativeRemover, store }: ImageDeleterParts,
  { id, userId, extension }: AbandonedUpload,
  signal?: AbortSignal,
): Promise<void> {
  if (!extension)
    return derivativeRemover.deletePrefixes([originalPrefix(userId, id), rungPrefix(userId, id)], signal)
  const original = { version: null, extension, pages: 1 }
  const keys = [originalKeyOf({ id, userId }, original), ...derivedKeys({ id, userId }, original)]
  await store.delete(keys, signal)
}

async function completePage(
  parts: ImageDeleterParts,
  { failed: failedBefore = 0, ...position }: CleanupTaskPosition,
  signal: AbortSignal,
): Promise<TaskPage<CleanupTaskPosition>> {
  const { imageCleanup, logger } = parts
  const olderThan = new Date(Date.now() - uploadTimeoutMs)
  const page = await imageCleanup.listUnfinished(position, olderThan, cleanupPageSize)
  const { images } = page
  const complete = async (target: UnfinishedImage, limited: AbortSignal) => {
    // only an upload that never became visible has no extension
    if (target.extension !== null) await removeObjects(parts, target, 'delete', limited)
    else if (await parts.images.abandonUpload(target.id)) await removeUpload(parts, target, limited)
  }
  const message = 'failed to remove objects of a deleted image'
  const progress = await forEachImage(images, complete, { logger, signal, message })
  const { reached } = progress
  const done = reached - progress.failed
  if (images.length > 0) logger.info({ found: reached, done }, 'swept unfinished deletions')
  const failed = failedBefore + progress.failed
  const last = images[reached - 1]
  const next = last && reached < images.length ? positionAfter(last) : page.next
  return { next: next && { ...next, failed }, done, failure: failureOf(failed) }
}
