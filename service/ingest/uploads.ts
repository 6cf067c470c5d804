import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { requireUploadQuota } from '../access/limit-checks.ts'
import type { Engine } from '../engine/engine.ts'
import type { InspectionResult } from '../engine/sources/inspect.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Image, NewImageLabels } from '../metadata/image.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import type { TakedownRepository } from '../metadata/takedowns.ts'
import { contentTypeOf } from '../plan/formats.ts'
import type { ImageDeleter } from '../removal/image-deleter.ts'
import { originalKey, pageKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { IngestScheduler } from './ingest-scheduler.ts'
import { rejectTakenDown } from './taken-down.ts'
import { type StagedFile, stageFile } from './upload-staging.ts'

export interface UploadsParts {
  readonly images: ImageRepository
  readonly takedowns: Pick<TakedownRepository, 'has'>
  readonly quotas: Pick<QuotaRepository, 'findLimitedHoldings'>
  readonly store: ObjectStore
  readonly engine: Engine
  readonly imageDeleter: ImageDeleter
  readonly ingestScheduler: IngestScheduler
  /** Where files lie on their way in. */
  readonly stagingDirectory: string
  /** The longest file, in bytes. */
  readonly maxBytes: number
}

/** Files on their way in at once, of one user and of all: each takes disk, and then a turn of the engine. */
const maxOfUser = 16
const maxOfAll = 64
/** When to come back after too many, in milliseconds. */
const retryAfterMs = 2_000

/** How an image comes in. */
export interface Uploads {
  /** Counts an upload in, before its body is read; the result counts it out. @throws DarkroomError `too-many-requests` */
  admit(userId: string): () => void
  /** Receives a file whole; the caller disposes of it. @throws DarkroomError `too-large` */
  receive(content: Readable, signal: AbortSignal): Promise<StagedFile>
  /**
   * Makes an image of a received file: proved to be decodable, durable in the store before its row becomes visible. One that
   * was announced has its id already, and its room.
   * @throws DarkroomError `taken-down`, `over-limit`, `not-an-image`, `too-many-pixels` or `undecodable`
   */
  accept(
    userId: string,
    file: StagedFile,
    labels: NewImageLabels,
    signal: AbortSignal,
    announced?: ReservedImage,
  ): Promise<Image>
}

/** What is settled of an image before its file is here. */
export interface ReservedImage {
  readonly imageId: string
  /** The direct upload by which it comes. */
  readonly directUploadId: string
}

export function createUploads(parts: UploadsParts): Uploads {
  const { engine, stagingDirectory, maxBytes } = parts
  const underWay = new Map<string, number>()
  let all = 0
  return {
    admit(userId) {
      const own = underWay.get(userId) ?? 0
      if (own >= maxOfUser || all >= maxOfAll) {
        const whose = own >= maxOfUser ? `of this user, at most ${maxOfUser}` : `at most ${maxOfAll}`
        throw new DarkroomError('too-many-requests', `too many uploads at once: ${whose}`, { retryAfterMs })
      }
      underWay.set(userId, own + 1)
      all++
      return () => {
        const left = (underWay.get(userId) ?? 1) - 1
        if (left > 0) underWay.set(userId, left)
        else underWay.delete(userId)
        all--
      }
    },
    receive: (content, signal) => stageFile(content, { directory: stagingDirectory, maxBytes, signal }),
    async accept(userId, file, labels, signal, announced) {
      if (file.bytes === 0) throw new DarkroomError('not-an-image', 'file: it is empty')
      await rejectTakenDown(parts.takedowns, file.sha256)
      await requireUploadQuota(parts.quotas, userId, file.bytes, announced?.directUploadId)
      const inspected = await engine.inspectUpload(file.path, { tenant: userId, signal })
      signal.throwIfAborted()
      const begin = () => parts.images.beginUpload(userId, labels, file.sha256, announced?.imageId)
      const image = await keep(parts, userId, file, inspected, begin, signal)
      parts.ingestScheduler.enqueueIngest(userId, image.id)
      return image
    },
  }
}

/**
 * The row is begun before the object is written and completed after it, so whatever instant a crash chooses, an
 * acknowledged image is whole and the next sweep finds what is left of any other.
 */
async function keep(
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
    // asked once more now that the row tells the content: a takedown from here on finds it, and ends the upload
    await rejectTakenDown(takedowns, sha256)
    const key = originalKey(userId, id, format)
    const body = { stream: createReadStream(path), bytes }
    const isNew = await store.put(key, body, { contentType: contentTypeOf(format), onlyNew: true, signal })
    if (!isNew) throw new Error(`the key ${key} is taken`)
    if (firstPage)
      await store.put(pageKey(userId, id, 1), firstPage, { contentType: 'image/png', durable: false, signal })
    return await images.completeUpload(id, {
      extension: format,
      format,
      width,
      height,
      pages,
      bytes,
      sha256,
      facts,
    })
  } catch (error) {
    await imageDeleter.abandonUpload({ id, userId })
    await rejectTakenDown(takedowns, sha256).catch(refusal => {
      throw refusal instanceof DarkroomError && refusal.code === 'taken-down' ? refusal : error
    })
    throw error
  }
}
