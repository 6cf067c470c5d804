import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { DarkroomError, messageOf } from '../../errors/catalogue.ts'
import type { DirectUpload } from '../../metadata/direct-uploads.ts'
import { incomingKey } from '../../storage/keys.ts'
import type { ObjectStore } from '../../storage/store.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { StagedFile } from '../upload-staging.ts'
import type { Uploads } from '../uploads.ts'

interface IncomingParts {
  readonly store: Pick<ObjectStore, 'open' | 'put'>
  readonly uploads: Pick<Uploads, 'receive'>
}

/**
 * Reads the object of a direct upload once and completely, because the holder of the URL may replace it at any time.
 * The caller disposes of the file.
 * @throws DarkroomError `conflict` when nothing was sent yet, `mismatch` when the file has another length or hash
 */
export async function fetchIncoming(
  { store, uploads }: IncomingParts,
  upload: DirectUpload,
  signal: AbortSignal,
): Promise<StagedFile> {
  const found = await store.open(incomingKey(upload.userId, upload.id), { signal })
  if (found === undefined) throw new DarkroomError('conflict', 'no file was sent to the upload URL yet')
  if (found.totalBytes !== upload.bytes) {
    found.stream.destroy()
    throw lengthMismatch(upload, found.totalBytes)
  }
  return requireMatch(upload, await uploads.receive(found.stream, signal))
}

/**
 * Stores a file that was sent to the service's own upload URL, under the key that a PUT to the store would have used.
 * @throws DarkroomError `mismatch`
 */
export async function putIncoming(
  { store, uploads }: IncomingParts,
  upload: DirectUpload,
  { content, length }: { readonly content: Readable; readonly length: number },
  signal: AbortSignal,
): Promise<void> {
  if (length !== upload.bytes) throw lengthMismatch(upload, length)
  const file = await requireMatch(upload, await uploads.receive(content, signal))
  try {
    const body = { stream: createReadStream(file.path), bytes: file.bytes }
    const key = incomingKey(upload.userId, upload.id)
    await store.put(key, body, { contentType: 'application/octet-stream', signal })
  } finally {
    await file.dispose()
  }
}

/** Removes the object of a direct upload. Never throws: the sweep removes what is left. */
export async function removeIncoming(
  { store, logger }: { readonly store: Pick<ObjectStore, 'delete'>; readonly logger: Logger },
  { userId, id }: Pick<DirectUpload, 'userId' | 'id'>,
): Promise<void> {
  await store
    .delete([incomingKey(userId, id)])
    .catch(error =>
      logger.warn({ uploadId: id, reason: messageOf(error) }, 'failed to remove the file of a direct upload'),
    )
}

async function requireMatch(upload: DirectUpload, file: StagedFile): Promise<StagedFile> {
  if (file.bytes === upload.bytes && file.sha256 === upload.sha256) return file
  await file.dispose()
  if (file.bytes !== upload.bytes) throw lengthMismatch(upload, file.bytes)
  throw new DarkroomError('mismatch', `sha256: is ${file.sha256}, expected ${upload.sha256}`)
}

function lengthMismatch({ bytes }: DirectUpload, received: number): DarkroomError {
  return new DarkroomError('mismatch', `bytes: is ${received}, expected ${bytes}`)
}
