import { addAbortSignal, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { DarkroomError } from '../../errors/catalogue.ts'
import { consumeBody, ensureLength } from '../body.ts'
import { checkByteRange } from '../byte-range.ts'
import { withDeadline } from '../deadline.ts'
import { checkKeyPrefix, checkObjectKey, isObjectKey } from '../object-key.ts'
import type {
  ByteRange,
  ObjectBody,
  ObjectStore,
  PresignOptions,
  PutOptions,
  StoredObject,
} from '../store.ts'
import {
  createS3Client,
  createSigningClient,
  defaultTimeouts,
  type S3Location,
  type S3Timeouts,
} from './s3/client.ts'
import { httpStatusOf, isObjectMissing, toS3Error } from './s3/errors.ts'
import { guardBody } from './s3/guard-body.ts'
import { presignPut } from './s3/presign.ts'

/** What one call may delete, as the protocol has it. */
const deleteBatch = 1000
/** The longest name of an object in bytes, as the protocol has it: `prefix` and key. */
const longestName = 1024

export interface S3StoreOptions extends S3Location {
  limits?: Partial<S3Timeouts>
}

/** Opens a store in a bucket of S3 or of a server that speaks its protocol; nothing is sent before the first call. */
export function createS3Store({ limits, ...place }: S3StoreOptions): ObjectStore {
  const allLimits = { ...defaultTimeouts, ...limits }
  return new S3Store(
    place,
    createS3Client(place, allLimits),
    allLimits,
    createSigningClient(place, allLimits),
  )
}

class S3Store implements ObjectStore {
  readonly #client: S3Client
  readonly #limits: S3Timeouts
  readonly #bucket: string
  readonly #prefix: string
  readonly presign: ObjectStore['presign']

  constructor({ bucket, prefix }: S3Location, client: S3Client, limits: S3Timeouts, signing?: S3Client) {
    this.#client = client
    this.#limits = limits
    this.#bucket = bucket
    this.#prefix = prefix ? `${prefix}/` : ''
    if (signing)
      this.presign = (key, { signal, ...put }: PresignOptions) =>
        call(limits.callMs, signal, () => presignPut(signing, this.#object(key), put))
  }

  /**
   * A stream is sent once: after a failure it is for the caller to open it again. A buffer is sent up to three times,
   * so a new object whose first answer got lost is told as taken.
   */
  put(key: string, body: ObjectBody, { contentType, onlyNew, signal }: PutOptions): Promise<boolean> {
    const { transferMs } = this.#limits
    return consumeBody(body, () =>
      call(transferMs, signal, async controller => {
        const command = new PutObjectCommand({
          ...this.#object(key),
          Body: contentOf(body, controller),
          ContentLength: Buffer.isBuffer(body) ? body.length : body.bytes,
          ContentType: contentType,
          ...(onlyNew && { IfNoneMatch: '*' }),
        })
        try {
          await this.#client.send(command, { abortSignal: controller.signal, requestTimeout: transferMs })
          return true
        } catch (error) {
          if (onlyNew && (await this.#isTaken(key, error, controller.signal))) return false
          throw error
        }
      }),
    )
  }

  open(key: string, options: { range?: ByteRange; signal?: AbortSignal } = {}) {
    return call(this.#limits.callMs, options.signal, async ({ signal }) => {
      const found = await this.#get(key, signal, options.range)
      if (found && options.signal) addAbortSignal(options.signal, found.stream)
      return found
    })
  }

  read(key: string, { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal }) {
    return call(this.#limits.transferMs, signal, async ({ signal }) => {
      const found = await this.#get(key, signal)
      if (found && found.bytes > maxBytes) {
        found.stream.destroy()
        throw new DarkroomError('internal', 'An object is larger than was expected')
      }
      return found && buffer(found.stream)
    })
  }

  size(key: string, signal?: AbortSignal): Promise<number | undefined> {
    return call(this.#limits.callMs, signal, ({ signal }) => this.#head(key, signal))
  }

  async delete(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    const objects = keys.filter(key => this.#mayExist(key)).map(key => ({ Key: this.#object(key).Key }))
    for (let first = 0; first < objects.length; first += deleteBatch) {
      const batch = { Objects: objects.slice(first, first + deleteBatch), Quiet: true }
      await call(this.#limits.callMs, signal, async ({ signal }) => {
        const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: batch })
        const { Errors: [failed] = [] } = await this.#client.send(command, { abortSignal: signal })
        if (failed) throw new Error(`${failed.Key} was not deleted: ${failed.Code} ${failed.Message}`)
      })
    }
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<string> {
    checkKeyPrefix(prefix)
    let next: string | undefined
    do {
      const page = await call(this.#limits.callMs, signal, ({ signal }) => this.#page(prefix, next, signal))
      for (const { Key: name = '' } of page.Contents ?? []) {
        const key = name.slice(this.#prefix.length)
        if (isObjectKey(key)) yield key
      }
      next = page.NextContinuationToken
    } while (next)
  }

  /** The probe's name begins with a dot, so it is no key and never listed. */
  check(signal?: AbortSignal): Promise<void> {
    return call(this.#limits.callMs, signal, async ({ signal }) => {
      const probe = {
        Bucket: this.#bucket,
        Key: `${this.#prefix}.darkroom-check`,
        Body: Buffer.from('probe'),
      }
      await this.#client.send(new PutObjectCommand(probe), { abortSignal: signal })
    })
  }

  async close(): Promise<void> {
    this.#client.destroy()
  }

  /** Of a name too long for the protocol there is nothing to read; writing it is what the server refuses. */
  #mayExist(key: string): boolean {
    return this.#prefix.length + key.length <= longestName
  }

  #object(key: string): { Bucket: string; Key: string } {
    checkObjectKey(key)
    return { Bucket: this.#bucket, Key: this.#prefix + key }
  }

  async #get(key: string, signal: AbortSignal, range?: ByteRange): Promise<StoredObject | undefined> {
    const command = new GetObjectCommand({
      ...this.#object(key),
      ...(range && { Range: rangeHeader(range) }),
    })
    if (!this.#mayExist(key)) return undefined
    const answer = await unlessMissing(this.#client.send(command, { abortSignal: signal }))
    if (!answer) return undefined
    if (!(answer.Body instanceof Readable)) throw new Error('The answer has no body')
    const stream = guardBody(answer.Body, this.#limits.idleMs)
    const bytes = answer.ContentLength
    const totalBytes = range ? totalOf(answer.ContentRange) : bytes
    if (bytes !== undefined && totalBytes !== undefined) return { stream, bytes, totalBytes }
    stream.destroy()
    throw new Error('The answer does not tell its length')
  }

  async #head(key: string, signal: AbortSignal): Promise<number | undefined> {
    const command = new HeadObjectCommand(this.#object(key))
    if (!this.#mayExist(key)) return undefined
    return (await unlessMissing(this.#client.send(command, { abortSignal: signal })))?.ContentLength
  }

  #page(prefix: string, next: string | undefined, signal: AbortSignal) {
    const command = new ListObjectsV2Command({
      Bucket: this.#bucket,
      Prefix: this.#prefix + prefix,
      ...(next && { ContinuationToken: next }),
    })
    return this.#client.send(command, { abortSignal: signal })
  }

  /** 412: it was there before. 409: another writer is at it; unless he has finished, the caller may try again. */
  async #isTaken(key: string, error: unknown, signal: AbortSignal): Promise<boolean> {
    if (httpStatusOf(error) === 412) return true
    return httpStatusOf(error) === 409 && (await this.#head(key, signal)) !== undefined
  }
}

/** Runs calls of the SDK so that they end in time even when it does not listen to its signal (say, finding keys). */
function call<T>(ms: number, caller: AbortSignal | undefined, task: (own: AbortController) => Promise<T>) {
  return withDeadline(ms, caller, async controller => {
    const { signal } = controller
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    try {
      return await Promise.race([task(controller), aborted])
    } catch (error) {
      throw toS3Error(error)
    }
  })
}

/** The SDK pipes a stream and does not look for its errors, so a failing one has to end the call by itself. */
function contentOf(body: ObjectBody, call: AbortController): Buffer | Readable {
  if (Buffer.isBuffer(body)) return body
  const content = Readable.from(ensureLength(body.stream, body.bytes), { objectMode: false })
  return content.once('error', error => call.abort(error))
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isObjectMissing(error)) return undefined
    throw error
  }
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
