import { requireOriginals } from '../access/authorizer.ts'
import type { Grant } from '../access/verifier.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'
import { contentTypeOf } from '../plan/formats.ts'
import { originalKey } from '../storage/keys.ts'
import type { ByteRange, ObjectStore, StoredObject } from '../storage/store.ts'
import { parseOriginal } from '../url/grammar.ts'
import { downloadFileName } from './download-name.ts'
import type { DeliverableImage, ImageDirectory } from './image-directory.ts'
import type { ImageResponse } from './image-response.ts'
import { missingOriginalError } from './missing-original.ts'

/** An original that may be sent: nothing of it is read yet. */
export interface OriginalResponse extends ImageResponse {
  readonly bytes: number
  /** Opens the untouched file, or a range of it. */
  open(range: ByteRange | undefined, signal: AbortSignal): Promise<StoredObject>
}

export interface OriginalDeliveryParts {
  readonly directory: ImageDirectory
  readonly store: ObjectStore
  readonly images: ImageRepository
}

/**
 * Finds the original that a verified `/raw/…` URL names.
 * @throws DarkroomError `forbidden`, `bad-url`, `not-found` or `deleted`
 */
export type DeliverOriginal = (grant: Grant) => Promise<OriginalResponse>

export function createOriginalDelivery(parts: OriginalDeliveryParts): DeliverOriginal {
  return async grant => {
    requireOriginals(grant)
    const { path, expires, download } = grant
    const { userId, imageId, extension } = parseOriginal(path)
    const image = await parts.directory.find(userId, imageId)
    if (extension !== image.extension) throw new DarkroomError('not-found', 'there is no such image')
    return {
      userId,
      imageId,
      file: `${imageId}_original`,
      contentType: contentTypeOf(extension),
      etag: `"${image.sha256}"`,
      expires,
      download: download === undefined ? undefined : downloadFileName(download, extension),
      cacheStatus: 'store',
      vary: [],
      notes: [],
      changeable: image.version !== null,
      variant: 'final',
      timings: {},
      bytes: image.facts.bytes,
      open: (range, signal) => openOriginal(parts, image, range, signal),
    }
  }
}

async function openOriginal(
  { directory, store, images }: OriginalDeliveryParts,
  image: DeliverableImage,
  range: ByteRange | undefined,
  signal: AbortSignal,
): Promise<StoredObject> {
  const key = originalKey(image.userId, image.imageId, image.extension, image.version)
  const object = await store.open(key, range ? { range, signal } : { signal })
  if (object !== undefined) return object
  // the next look-up queries the database
  directory.forget(image.userId, image.imageId)
  throw await missingOriginalError(images, image)
}
