import type { Readable } from 'node:stream'
import { requireUploadQuota } from '../../access/limit-checks.ts'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { Database } from '../../metadata/database.ts'
import {
  type DirectUpload,
  DirectUploadRepository,
  type NewDirectUpload,
} from '../../metadata/direct-uploads.ts'
import { randomId } from '../../metadata/ids.ts'
import type { Image } from '../../metadata/image.ts'
import type { ImageRepository } from '../../metadata/images.ts'
import { QuotaRepository } from '../../metadata/quotas.ts'
import type { TakedownRepository } from '../../metadata/takedowns.ts'
import type { ImageDeleter } from '../../removal/image-deleter.ts'
import { incomingKey } from '../../storage/keys.ts'
import type { ObjectStore, PresignedPut } from '../../storage/store.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { rejectTakenDown } from '../taken-down.ts'
import { fileTooLarge } from '../upload-staging.ts'
import type { Uploads } from '../uploads.ts'
import { fetchIncoming, putIncoming } from './incoming.ts'
import { sweepIncoming } from './incoming-sweep.ts'
import type { UploadUrlSigner } from './upload-url-signer.ts'

export interface DirectUploadsParts {
  readonly database: Database
  readonly rows: DirectUploadRepository
  readonly images: Pick<ImageRepository, 'find'>
  readonly takedowns: Pick<TakedownRepository, 'has'>
  readonly store: ObjectStore
  readonly uploads: Uploads
  readonly imageDeleter: Pick<ImageDeleter, 'abandonUpload'>
  readonly urlSigner: UploadUrlSigner
  readonly logger: Logger
  /** The longest file, in bytes. */
  readonly maxBytes: number
}

/** How long a URL holds, in seconds. */
const urlSeconds = 900
/** Until when an upload must be complete, in milliseconds: what began with a URL that held may take its time. */
const completeMs = 3_600_000
/** For how long whoever completes one is left alone, in milliseconds: longer than its request may take. */
const claimMs = 300_000
/** Uploads of one user that are announced and not complete. */
const mostAnnounced = 100

/** Where a file is to be put, and until when that may begin. */
export interface DirectUploadReservation extends PresignedPut {
  readonly id: string
  readonly expiresAt: Date
}

/** Uploads whose bytes go past the service: announced, put into the store by the client, and then made images. */
export interface DirectUploads {
  /**
   * Gives out a URL for one file, for which there is room.
   * @throws DarkroomError `too-large`, `taken-down`, `over-limit`, `too-many-requests`, `unavailable`
   */
  reserve(userId: string, file: NewDirectUpload, signal: AbortSignal): Promise<DirectUploadReservation>
  /**
   * Takes a file in by the service's own URL, as the store would; `length` is what its header says.
   * @throws DarkroomError `bad-signature`, `expired`, `not-found`, `mismatch`, `too-large`, `too-many-requests`
   */
  receive(
    url: { readonly id: string; readonly raw: string },
    file: { readonly content: Readable; readonly length: number },
    signal: AbortSignal,
  ): Promise<void>
  /**
   * Makes an image of what was put; of one that is complete it returns the same once more.
   * @throws DarkroomError `not-found`, `expired`, `conflict` when nothing was put yet or another is at it, `mismatch`, and
   * what `Uploads.accept` throws. What cannot become an image ends the upload.
   */
  complete(userId: string, id: string, signal: AbortSignal): Promise<{ image: Image; isNew: boolean }>
  /** Ends an upload that is not complete. @throws DarkroomError `not-found` or `conflict` */
  cancel(userId: string, id: string): Promise<void>
  /** Removes what nobody completes any more, and what came too late. */
  sweep(signal: AbortSignal): Promise<void>
}

export function createDirectUploads(parts: DirectUploadsParts): DirectUploads {
  const { rows, store, uploads, urlSigner } = parts
  return {
    reserve: (userId, file, signal) => announce(parts, userId, file, signal),
    async receive({ id, raw }, file, signal) {
      // nothing is looked up for whoever has no URL
      urlSigner.verify(raw)
      const upload = await rows.findPending(id)
      if (upload === undefined) throw unknown()
      const leave = uploads.admit(upload.userId)
      try {
        await putIncoming(parts, upload, file, signal)
      } finally {
        leave()
      }
    },
    async complete(userId, id, signal) {
      const upload = await rows.find(userId, id)
      if (upload === undefined) throw unknown()
      const made = await madeOf(parts, upload)
      if (made) return { image: made, isNew: false }
      if (upload.isExpired)
        throw new DarkroomError('expired', 'it was not completed in time: ask for another')
      return complete(parts, upload, signal)
    },
    async cancel(userId, id) {
      if (!(await rows.cancel(userId, id))) throw await whyNotAbandoned(rows, userId, id)
      await removeStaged(parts, { userId, id })
    },
    sweep: signal => sweepIncoming({ rows, store }, signal),
  }
}

async function announce(
  { database, takedowns, store, urlSigner, maxBytes }: DirectUploadsParts,
  userId: string,
  file: NewDirectUpload,
  signal: AbortSignal,
): Promise<DirectUploadReservation> {
  const { bytes, sha256 } = file
  if (bytes > maxBytes) throw fileTooLarge(maxBytes)
  await rejectTakenDown(takedowns, sha256)
  const id = randomId(16)
  const until = Math.floor(Date.now() / 1000) + urlSeconds
  const put = { bytes, sha256, seconds: urlSeconds, signal }
  const way = (await store.presign?.(incomingKey(userId, id), put)) ?? urlSigner.sign(id, until)
  await database.transaction(async one => {
    const rows = new DirectUploadRepository(one)
    if ((await rows.lockAndCountPending(userId)) >= mostAnnounced) {
      const detail = `too many direct uploads are not complete: at most ${mostAnnounced}`
      throw new DarkroomError('too-many-requests', detail, { retryAfterMs: 60_000 })
    }
    await requireUploadQuota(new QuotaRepository(one), userId, bytes)
    await rows.create(id, userId, file, completeMs)
  })
  return { id, ...way, expiresAt: new Date(until * 1000) }
}

/** The image that an upload has become, if it has. @throws DarkroomError `deleted` */
async function madeOf(parts: DirectUploadsParts, upload: DirectUpload): Promise<Image | undefined> {
  const { id, userId, imageId } = upload
  const image = imageId === null ? undefined : await parts.images.find(userId, imageId)
  if (image === undefined) return undefined
  await parts.rows.complete(id, image.id)
  // its URL may still hold
  await removeStaged(parts, upload)
  if (image.state === 'deleted') throw new DarkroomError('deleted', 'the image was deleted')
  return image
}

/** One makes the image: its id stands in the row before it is begun, so that a crash leaves nothing that is made twice. */
async function complete(
  parts: DirectUploadsParts,
  upload: DirectUpload,
  signal: AbortSignal,
): Promise<{ image: Image; isNew: boolean }> {
  const { rows, imageDeleter } = parts
  const { id, userId } = upload
  const imageId = await rows.claim(upload, claimMs)
  if (imageId === undefined)
    throw new DarkroomError('conflict', 'somebody is completing it', { retryAfterMs: 1_000 })
  try {
    if (upload.imageId !== null) {
      // whoever crashed over it makes it no more, unless he had just made it
      await imageDeleter.abandonUpload({ id: upload.imageId, userId })
      const made = await madeOf(parts, upload)
      if (made) return { image: made, isNew: false }
    }
    const image = await makeImage(parts, upload, imageId, signal)
    await rows.complete(id, imageId)
    await removeStaged(parts, upload)
    return { image, isNew: true }
  } catch (error) {
    await letGo(parts, upload, error)
    throw error
  }
}

async function makeImage(
  parts: DirectUploadsParts,
  upload: DirectUpload,
  imageId: string,
  signal: AbortSignal,
): Promise<Image> {
  const { id, userId, title, tags, fileName } = upload
  const file = await fetchIncoming(parts, upload, signal)
  try {
    const announced = { imageId, directUploadId: id }
    return await parts.uploads.accept(userId, file, { title, tags, fileName }, signal, announced)
  } finally {
    await file.dispose()
  }
}

/** What is wrong with the file itself will be wrong again: then it goes. All else may be tried once more. */
const faults = ['mismatch', 'too-large', 'too-many-pixels', 'not-an-image', 'undecodable', 'taken-down']

async function letGo(parts: DirectUploadsParts, upload: DirectUpload, reason: unknown): Promise<void> {
  const isOver = reason instanceof DarkroomError && faults.includes(reason.code)
  try {
    await (isOver ? parts.rows.deleteClaimed(upload.id) : parts.rows.release(upload.id))
  } catch (error) {
    parts.logger.warn({ uploadId: upload.id, reason: messageOf(error) }, 'a direct upload stays claimed')
    return
  }
  if (isOver) await removeStaged(parts, upload)
}

/** Never throws: the sweep finds what is left. */
async function removeStaged(
  { store, logger }: Pick<DirectUploadsParts, 'store' | 'logger'>,
  { userId, id }: Pick<DirectUpload, 'userId' | 'id'>,
): Promise<void> {
  await store
    .delete([incomingKey(userId, id)])
    .catch(error =>
      logger.warn({ uploadId: id, reason: messageOf(error) }, 'what a direct upload left is swept later'),
    )
}

async function whyNotAbandoned(
  rows: DirectUploadRepository,
  userId: string,
  id: string,
): Promise<DarkroomError> {
  if ((await rows.find(userId, id)) === undefined) return unknown()
  return new DarkroomError('conflict', 'it is complete, or somebody is completing it')
}

const unknown = () => new DarkroomError('not-found', 'there is no such direct upload')
