import type { Grant } from '../access/verifier.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { ImageRepository } from '../metadata/images.ts'
import { contentTypeOf } from '../plan/formats.ts'
import { originalKey } from '../storage/keys.ts'
import type { ByteRange, ObjectStore, StoredObject } from '../storage/store.ts'
import { parseOriginal } from '../url/grammar.ts'
import type { ImageDirectory } from './image-directory.ts'
import { missingOriginalError } from './missing-original.ts'

/** A request for an original, verified and known, before a byte of it is read. */
export interface OriginalResponse {
  readonly grant: Grant
  readonly imageId: string
  readonly contentType: string
  readonly etag: string
  readonly bytes: number
  /** Opens the untouched file, or a range of it. */
  open(range: ByteRange | undefined, signal: AbortSignal): Promise<StoredObject>
}

export interface OriginalParts {
  readonly verify: (rawUrl: string) => Promise<Grant>
  readonly directory: ImageDirectory
  readonly store: ObjectStore
  readonly images: ImageRepository
}

/** `granted` is told for whom the URL was verified, before anything else can fail. */
export type DeliverOriginal = (rawUrl: string, granted: (userId: string) => void) => Promise<OriginalResponse>

/** Answers `/raw/…`. @throws DarkroomError `bad-signature`, `expired`, `bad-url`, `not-found`, `deleted` */
export function createOriginalDelivery(parts: OriginalParts): DeliverOriginal {
  return async (rawUrl, granted) => {
    const grant = await parts.verify(rawUrl)
    granted(grant.userId)
    const { userId, imageId, extension } = parseOriginal(grant.path)
    const image = await parts.directory.find(userId, imageId)
    if (extension !== image.extension) throw new DarkroomError('not-found', 'there is no such image')
    const key = originalKey(userId, imageId, extension)
    return {
      grant,
      imageId,
      contentType: contentTypeOf(extension),
      etag: `"${image.sha256}"`,
      bytes: image.facts.bytes,
      async open(range, signal) {
        const object = await parts.store.open(key, range ? { range, signal } : { signal })
        if (object === undefined) throw await missingOriginalError(parts.images, image)
        return object
      },
    }
  }
}
