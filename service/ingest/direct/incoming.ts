import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { DirectUpload } from '../../metadata/direct-uploads.ts'
import { incomingKey } from '../../storage/keys.ts'
import type { ObjectStore } from '../../storage/store.ts'
import type { StagedFile } from '../upload-staging.ts'
import type { Uploads } from '../uploads.ts'

interface StagedParts {
  readonly store: Pick<ObjectStore, 'open' | 'put'>
  readonly uploads: Pick<Uploads, 'receive'>
}

/**
 * Reads what was put, once and whole: whoever holds the URL may replace it meanwhile. The caller disposes of it.
 * @throws DarkroomError `conflict` when nothing was put yet, `mismatch` when it is not what was announced
 */
export async function fetchIncoming(
  { store, uploads }: StagedParts,
  upload: DirectUpload,
  signal: AbortSignal,
): Promise<StagedFile> {
  const found = await store.open(incomingKey(upload.userId, upload.id), { signal })
  if (found === undefined) throw new DarkroomError('conflict', 'nothing was put to its URL yet')
  if (found.totalBytes !== upload.bytes) {
    found.stream.destroy()
    throw otherLength(upload, found.totalBytes)
  }
  return checked(upload, await uploads.receive(found.stream, signal))
}

/** Puts what came by the service's own URL where the client's own hand would have. @throws DarkroomError `mismatch` */
export async function putIncoming(
  { store, uploads }: StagedParts,
  upload: DirectUpload,
  { content, length }: { readonly content: Readable; readonly length: number },
  signal: AbortSignal,
): Promise<void> {
  if (length !== upload.bytes) throw otherLength(upload, length)
  const file = await checked(upload, await uploads.receive(content, signal))
  try {
    const body = { stream: createReadStream(file.path), bytes: file.bytes }
    const key = incomingKey(upload.userId, upload.id)
    await store.put(key, body, { contentType: 'application/octet-stream', signal })
  } finally {
    await file.dispose()
  }
}

async function checked(upload: DirectUpload, file: StagedFile): Promise<StagedFile> {
  if (file.bytes === upload.bytes && file.sha256 === upload.sha256) return file
  await file.dispose()
  if (file.bytes !== upload.bytes) throw otherLength(upload, file.bytes)
  throw new DarkroomError('mismatch', `sha256: ${upload.sha256} was announced, ${file.sha256} came`)
}

function otherLength({ bytes }: DirectUpload, came: number): DarkroomError {
  return new DarkroomError('mismatch', `bytes: ${bytes} were announced, ${came} came`)
}
