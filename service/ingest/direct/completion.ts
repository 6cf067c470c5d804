import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { DirectUpload, DirectUploadRepository } from '../../metadata/direct-uploads.ts'
import type { Image } from '../../metadata/image.ts'
import type { ImageRepository } from '../../metadata/images.ts'
import type { ImageDeleter } from '../../removal/image-deleter.ts'
import type { ObjectStore } from '../../storage/store.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Uploads } from '../uploads.ts'
import { fetchIncoming, removeIncoming } from './incoming.ts'

/**
 * How long a claim keeps other requests from completing the upload, in milliseconds: longer than a request may take.
 */
const claimMs = 300_000
/**
 * Faults of the file itself: every further attempt would fail, too, so the upload is deleted. Others can be retried.
 */
const permanentFaults = [
  'mismatch',
  'too-large',
  'too-many-pixels',
  'not-an-image',
  'undecodable',
  'too-complex',
  'taken-down',
]

export interface CompletionParts {
  readonly rows: DirectUploadRepository
  readonly images: Pick<ImageRepository, 'find'>
  readonly store: Pick<ObjectStore, 'open' | 'put' | 'delete'>
  readonly uploads: Uploads
  readonly imageDeleter: Pick<ImageDeleter, 'abandonUpload'>
  readonly logger: Logger
}

export interface CompletedUpload {
  readonly image: Image
  /** Whether this request has made the image. */
  readonly isNew: boolean
}

/** The image that an upload has become, if there is one. @throws DarkroomError `deleted` */
export async function findCompletedImage(
  parts: CompletionParts,
  upload: DirectUpload,
): Promise<Image | undefined> {
  const { id, userId, imageId } = upload
  const image = imageId === null ? undefined : await parts.images.find(userId, imageId)
  if (image === undefined) return undefined
  await parts.rows.complete(id, image.id)
  // the client may have uploaded the file again while the presigned URL was valid
  await removeIncoming(parts, upload)
  if (image.state === 'deleted') throw new DarkroomError('deleted', 'the image was deleted')
  return image
}

/**
 * Creates the image of an upload. A request first claims the upload, which stores the id of the future image in the
 * upload's row. Only then is the image created, so that a crash cannot lead to a second image.
 * @throws DarkroomError `conflict` when another request has claimed it, and what `Uploads.accept` throws
 */
export async function completeDirectUpload(
  parts: CompletionParts,
  upload: DirectUpload,
  signal: AbortSignal,
): Promise<CompletedUpload> {
  const { rows, imageDeleter } = parts
  const { id, userId } = upload
  const imageId = await rows.claim(upload, claimMs)
  if (imageId === undefined) {
    const detail = 'another request is completing the direct upload now'
    throw new DarkroomError('conflict', detail, { retryAfterMs: 1_000 })
  }
  try {
    if (upload.imageId !== null) {
      // an earlier claim has ended without completion: its image is rolled back, unless it is ready
      await imageDeleter.abandonUpload({ id: upload.imageId, userId })
      const image = await findCompletedImage(parts, upload)
      if (image) return { image, isNew: false }
    }
    const image = await createImage(parts, upload, imageId, signal)
    await rows.complete(id, imageId)
    await removeIncoming(parts, upload)
    return { image, isNew: true }
  } catch (error) {
    await endClaim(parts, upload, error)
    throw error
  }
}

async function createImage(
  parts: CompletionParts,
  upload: DirectUpload,
  imageId: string,
  signal: AbortSignal,
): Promise<Image> {
  const { id, userId, title, tags, alt, metadata, fileName } = upload
  const file = await fetchIncoming(parts, upload, signal)
  try {
    const reserved = { imageId, directUploadId: id }
    const labels = { title, tags, alt, metadata, fileName }
    return await parts.uploads.accept(userId, file, labels, signal, reserved)
  } finally {
    await file.dispose()
  }
}

/**
 * Deletes the upload after a permanent fault of its file, and releases the claim after any other failure. Never throws.
 */
async function endClaim(parts: CompletionParts, upload: DirectUpload, reason: unknown): Promise<void> {
  const isPermanent = reason instanceof DarkroomError && permanentFaults.includes(reason.code)
  try {
    await (isPermanent ? parts.rows.deleteClaimed(upload.id) : parts.rows.release(upload.id))
  } catch (error) {
    parts.logger.warn(
      { uploadId: upload.id, reason: messageOf(error) },
      'failed to end the claim of a direct upload; the claim will expire by itself',
    )
    return
  }
  if (isPermanent) await removeIncoming(parts, upload)
}
