import { Readable } from 'node:stream'
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { checkByteRange } from '../../byte-range.ts'
import type { ByteRange, StoredObject } from '../../store.ts'
import { unlessObjectMissing } from './call.ts'
import { guardBody } from './guard-body.ts'

export interface GetObjectOptions {
  /** How long the stream may deliver no byte while its reader waits, in milliseconds. */
  readonly idleMs: number
  readonly signal: AbortSignal
  readonly range?: ByteRange | undefined
}

/** Opens an object, or a range of it, as a stream; undefined when it does not exist. */
export async function getObject(
  client: S3Client,
  object: { Bucket: string; Key: string },
  { idleMs, signal, range }: GetObjectOptions,
): Promise<StoredObject | undefined> {
  const command = new GetObjectCommand({ ...object, ...(range && { Range: rangeHeader(range) }) })
  const response = await unlessObjectMissing(client.send(command, { abortSignal: signal }))
  if (!response) return undefined
  if (!(response.Body instanceof Readable)) throw new Error('the response has no body')
  const stream = guardBody(response.Body, idleMs)
  const bytes = response.ContentLength
  const totalBytes = range ? totalOf(response.ContentRange) : bytes
  if (bytes !== undefined && totalBytes !== undefined) return { stream, bytes, totalBytes }
  stream.destroy()
  throw new Error('the response has no length')
}

function rangeHeader(range: ByteRange): string {
  checkByteRange(range)
  return `bytes=${range.start}-${Number.isFinite(range.end) ? range.end : ''}`
}

/** `bytes 0-9/200` → 200. */
function totalOf(contentRange: string | undefined): number | undefined {
  const total = /\/(\d+)$/.exec(contentRange ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}
