import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { requireUploadQuota } from '../access/limit-checks.ts'
import type { InspectionResult } from '../engine/sources/inspect.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Image, NewImageLabels } from '../metadata/image.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import { contentTypeOf } from '../plan/formats.ts'
import type { ImageDeleter } from '../removal/image-deleter.ts'
import { originalKey, pageKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { IngestScheduler } from './ingest-scheduler.ts'
import { type FileInspectionParts, inspectFile } from './inspect-file.ts'
import { rejectTakenDown } from './taken-down.ts'
import type { UploadSlots } from './upload-slots.ts'
import { type StagedFile, stageFile } from './upload-staging.ts'

export interface UploadsParts extends FileInspectionParts {
  readonly images: ImageRepository
  readonly quotas: Pick<QuotaRepository, 'findLimitedHoldings'>
  readonly store: ObjectStore
  readonly imageDeleter: ImageDeleter
  readonly ingestScheduler: IngestScheduler
  readonly slots: UploadSlots
  /** The directory of files that are being received. */
  readonly stagingDirectory: string
  /** The largest file, in bytes. */
  readonly maxBytes: number
}

/** Creates images from uploaded files. */
export interface Uploads {
  /** Runs an upload, including the reading of its body, when a slot is free. See `UploadSlots`. */
  readonly runInSlot: UploadSlots['run']
  /** Writes a file to the staging directory; the caller disposes of it. @throws DarkroomError `too-large` */
  receive(content: Readable, signal: AbortSignal): Promise<StagedFile>
  /**
   * Creates an image from a staged file: the file is proved to be decodable and is durable in the store before its row
   * becomes visible. A direct upload has reserved the id of its image, and quota; an import of many, the id only.
   * @throws DarkroomError `taken-down`, `over-limit`, `not-an-image`, `too-many-pixels`, `too-complex` or `undecodable`
   */
  accept(
    userId: string,
    file: StagedFile,
    labels: NewImageLabels,
    signal: AbortSignal,
    reserved?: ReservedImage,
  ): Promise<Image>
}

/** The id that was reserved for the image, so that a repeated attempt cannot make a second one. */
export interface ReservedImage {
  readonly imageId: string
  readonly directUploadId?: string
}

export function createUploads(parts: UploadsParts): Uploads {
  const { stagingDirectory, maxBytes } = parts
  return {
    runInSlot: parts.slots.run,
    receive: (content, signal) => stageFile(content, { directory: stagingDirectory, maxBytes, signal }),
    async accept(userId, file, labels, signal, reserved) {
      const requireQuota = () =>
        requireUploadQuota(parts.quotas, userId, file.bytes, reserved?.directUploadId)
      const inspected = await inspectFile(parts, userId, file, requireQuota, signal)
      const begin = () => parts.images.beginUpload(userId, labels, file.sha256, reserved?.imageId)
      const image = await storeImage(parts, userId, file, inspected, begin, signal)
      parts.ingestScheduler.enqueueIngest({ userId, imageId: image.id, version: null })
      return image
    },
  }
}

/**
 * Inserts the row before the object is written and completes it afterwards. No matter when the process crashes, an
 * acknowledged image is complete, and the next sweep removes the remains of any other.
 */
async function storeImage(
  { images, takedowns, store, imageDeleter }: UploadsParts,
  userId: string,
  { path, bytes, sha256 }: StagedFile,
  { facts, firstPage }: InspectionResult,
  begin: () => Promise<string>,
  signal: AbortSignal,
): Promise<Image> {
  const { format, width, height, pages } = facts
  const id = await begin()
  try {
    // checked again after the row has stored the hash: a takedown from now on finds the row and ends the upload
    await rejectTakenDown(takedowns, sha256)
    const key = originalKey(userId, id, format)
    const body = { stream: createReadStream(path), bytes }
    const isNew = await store.put(key, body, { contentType: contentTypeOf(format), onlyNew: true, signal })
    if (!isNew) throw new Error(`object ${key} already exists`)
    if (firstPage)
      await store.put(pageKey({ userId, imageId: id, version: null }, 1), firstPage, {
        contentType: 'image/png',
        durable: false,
        signal,
      })
    const extension = format
    const content = { extension, format, width, height, pages, bytes, sha256, facts }
    return await images.completeUpload(id, content)
  } catch (error) {
    await imageDeleter.abandonUpload({ id, userId, extension: format })
    // a takedown marks the row as deleted, which makes the upload fail with another error than `taken-down`
    await rejectTakenDown(takedowns, sha256).catch(rejection => {
      throw rejection instanceof DarkroomError && rejection.code === 'taken-down' ? rejection : error
    })
    throw error
  }
}
