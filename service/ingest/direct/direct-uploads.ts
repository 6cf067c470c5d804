import type { Readable } from 'node:stream'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { Database } from '../../metadata/database.ts'
import { DirectUploadRepository, type NewDirectUpload } from '../../metadata/direct-uploads.ts'
import { randomId } from '../../metadata/ids.ts'
import type { TakedownRepository } from '../../metadata/takedowns.ts'
import { incomingKey } from '../../storage/keys.ts'
import type { ObjectStore, PresignedPut } from '../../storage/store.ts'
import { rejectTakenDown } from '../taken-down.ts'
import { fileTooLarge } from '../upload-staging.ts'
import {
  type CompletedUpload,
  type CompletionParts,
  completeDirectUpload,
  findCompletedImage,
} from './completion.ts'
import { putIncoming, removeIncoming } from './incoming.ts'
import { sweepIncoming } from './incoming-sweep.ts'
import type { UploadUrlSigner } from './upload-url-signer.ts'

export interface DirectUploadsParts extends CompletionParts {
  readonly database: Database
  readonly takedowns: Pick<TakedownRepository, 'has'>
  readonly store: ObjectStore
  readonly urlSigner: UploadUrlSigner
  /** The largest file, in bytes. */
  readonly maxBytes: number
}

/** How long an upload URL is valid, in seconds. */
const urlSeconds = 900
/**
 * How long after its start an upload can be completed, in milliseconds: a PUT that began in time may take longer.
 */
const completionMs = 3_600_000
/** The most pending direct uploads of a user. */
const maxPending = 100

/** An upload URL, and when it expires. */
export interface StartedDirectUpload extends PresignedPut {
  readonly id: string
  readonly expiresAt: Date
}

/** Uploads that bypass the service: a client starts one here, sends the file to the store, and completes it here. */
export interface DirectUploads {
  /**
   * Starts an upload: reserves quota for the file and returns the URL to send it to.
   * @throws DarkroomError `too-large`, `taken-down`, `over-limit`, `too-many-requests`, `unavailable`
   */
  start(userId: string, file: NewDirectUpload, signal: AbortSignal): Promise<StartedDirectUpload>
  /**
   * Receives a file at the service's own upload URL, in place of the store; `length` is its `Content-Length`.
   * @throws DarkroomError `bad-signature`, `expired`, `not-found`, `mismatch`, `too-large`, `too-many-requests`
   */
  receive(
    url: { readonly id: string; readonly raw: string },
    file: { readonly content: Readable; readonly length: number },
    signal: AbortSignal,
  ): Promise<void>
  /**
   * Makes an image of the file that was put. Idempotent: a completed upload returns its image again. An upload whose
   * file cannot become an image is deleted.
   * @throws DarkroomError `not-found`, `expired`, `conflict` when nothing was put yet or another request completes it,
   *   `mismatch`, and what `Uploads.accept` throws
   */
  complete(userId: string, id: string, signal: AbortSignal): Promise<CompletedUpload>
  /** Cancels a pending upload. @throws DarkroomError `not-found` or `conflict` */
  cancel(userId: string, id: string): Promise<void>
  /** Deletes expired uploads, and objects that were put too late. */
  sweep(signal: AbortSignal): Promise<void>
}

export function createDirectUploads(parts: DirectUploadsParts): DirectUploads {
  const { rows, store, uploads, urlSigner } = parts
  return {
    start: (userId, file, signal) => start(parts, userId, file, signal),
    async receive({ id, raw }, file, signal) {
      // verified first: a request without a valid URL costs no query
      urlSigner.verify(raw)
      const upload = await rows.findPending(id)
      if (upload === undefined) throw unknownUpload()
      await uploads.runInSlot(upload.userId, signal, () => putIncoming(parts, upload, file, signal))
    },
    async complete(userId, id, signal) {
      const upload = await rows.find(userId, id)
      if (upload === undefined) throw unknownUpload()
      const image = await findCompletedImage(parts, upload)
      if (image) return { image, isNew: false }
      if (upload.isExpired)
        throw new DarkroomError('expired', 'the direct upload has expired, start another one')
      return completeDirectUpload(parts, upload, signal)
    },
    async cancel(userId, id) {
      if (!(await rows.cancel(userId, id))) throw await whyNotCancelled(rows, userId, id)
      await removeIncoming(parts, { userId, id })
    },
    sweep: signal => sweepIncoming({ rows, store }, signal),
  }
}

async function start(
  { database, takedowns, store, urlSigner, maxBytes }: DirectUploadsParts,
  userId: string,
  file: NewDirectUpload,
  signal: AbortSignal,
): Promise<StartedDirectUpload> {
  const { bytes, sha256 } = file
  if (bytes > maxBytes) throw fileTooLarge(maxBytes)
  await rejectTakenDown(takedowns, sha256)
  const id = randomId(16)
  const until = Math.floor(Date.now() / 1000) + urlSeconds
  const put = { bytes, sha256, seconds: urlSeconds, signal }
  const target = (await store.presign?.(incomingKey(userId, id), put)) ?? urlSigner.sign(id, until)
  await database.transaction(async transaction => {
    const rows = new DirectUploadRepository(transaction)
    if ((await rows.lockAndCountPending(userId)) >= maxPending) {
      const detail = `too many direct uploads are pending: at most ${maxPending}`
      throw new DarkroomError('too-many-requests', detail, { retryAfterMs: 60_000 })
    }
    // the database checks the quota
    await rows.create(id, userId, file, completionMs)
  })
  return { id, ...target, expiresAt: new Date(until * 1000) }
}

async function whyNotCancelled(
  rows: DirectUploadRepository,
  userId: string,
  id: string,
): Promise<DarkroomError> {
  if ((await rows.find(userId, id)) === undefined) return unknownUpload()
  return new DarkroomError(
    'conflict',
    'the direct upload is complete, or another request is completing it now',
  )
}

const unknownUpload = () => new DarkroomError('not-found', 'there is no such direct upload')
