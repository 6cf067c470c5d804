import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Environment } from './build.ts'
import { createBucket, type S3Server } from './services/s3.ts'
import { callJson, read, type Session, type ShownImage } from './session.ts'

/** The API's response with the target of a direct upload. */
export interface UploadTarget {
  readonly id: string
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly expiresAt: string
}

/** The image of a completed direct upload. */
export type Received = ShownImage & { readonly duplicates: readonly string[] }

export const sha256Of = (file: Buffer) => createHash('sha256').update(file).digest('hex')

/** Creates a direct upload, with additional fields in the request. */
export function tryStart(session: Session, file: Buffer, more: object = {}): Promise<Response> {
  const body = { bytes: file.length, sha256: sha256Of(file), ...more }
  return callJson(session, 'POST', '/api/v1/images/direct', body)
}

export async function startUpload(session: Session, file: Buffer, more: object = {}): Promise<UploadTarget> {
  return read<UploadTarget>(await tryStart(session, file, more), 201)
}

/** Sends a file to its upload URL without an access token, as any holder of the URL can. */
export function put(
  { url, headers }: Pick<UploadTarget, 'url' | 'headers'>,
  file: Buffer,
): Promise<Response> {
  return fetch(url, { method: 'PUT', headers, body: new Uint8Array(file) })
}

/** Creates a direct upload and sends its file. @throws when the file is rejected */
export async function putNew(session: Session, file: Buffer, more: object = {}): Promise<UploadTarget> {
  const target = await startUpload(session, file, more)
  const answer = await put(target, file)
  if (!answer.ok) throw new Error(`answered ${answer.status}: ${await answer.text()}`)
  return target
}

export const complete = (session: Session, id: string) =>
  session.get(`/api/v1/images/direct/${id}/complete`, { method: 'POST' })

export const abandon = (session: Session, id: string) =>
  session.get(`/api/v1/images/direct/${id}`, { method: 'DELETE' })

/** The keys of a user's objects of these kinds. */
export async function keysOf(
  { app: { store } }: Bench,
  { userId }: Pick<Session, 'userId'>,
  ...kinds: readonly ('raw' | 'rungs' | 'incoming')[]
): Promise<string[]> {
  const keys: string[] = []
  for (const kind of kinds) for await (const key of store.list(`${kind}/${userId}/`)) keys.push(key)
  return keys.sort()
}

/** The keys of a user's uploaded files that have not become images. */
export const incomingObjects = (bench: Bench, user: Pick<Session, 'userId'>) =>
  keysOf(bench, user, 'incoming')

/** The number of a user's direct uploads in the database. */
export async function rowsIn(
  { app: { database } }: Bench,
  { userId }: Pick<Session, 'userId'>,
): Promise<number> {
  return (await database.query('select id from direct_uploads where user_id = $1', [userId])).length
}

/** Files that the service is receiving. */
export const stagedFiles = ({ environment }: Bench) =>
  readdir(join(environment.DARKROOM_DATA_DIR ?? '', 'spool'))

/** The variables of a service with its own bucket. Sets the server's credentials in this process's environment. */
export async function inBucket(server: S3Server, more = ''): Promise<Environment> {
  process.env.AWS_ACCESS_KEY_ID = server.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = server.secretAccessKey
  const endpoint = encodeURIComponent(server.endpoint)
  return { DARKROOM_STORAGE_URL: `s3://${await createBucket(server)}/a/b?endpoint=${endpoint}${more}` }
}
