import { addAbortSignal, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { DarkroomError } from '../../errors/catalogue.ts'
import { consumeBody, ensureLength } from '../body.ts'
import { checkKeyPrefix, checkObjectKey, isObjectKey } from '../object-key.ts'
import type { ByteRange, ObjectBody, ObjectStore, PresignOptions, PutOptions } from '../store.ts'
import { callS3, unlessObjectMissing } from './s3/call.ts'
import {
  createS3Client,
  createSigningClient,
  defaultTimeouts,
  type S3Location,
  type S3Timeouts,
} from './s3/client.ts'
import { httpStatusOf, notDeletedError } from './s3/errors.ts'
import { getObject } from './s3/get-object.ts'
import { presignPut } from './s3/presign.ts'

/** The number of objects that one call may delete, set by the protocol. */
const maxDeleted = 1000
/** The longest object name in bytes (prefix and key), set by the protocol. */
const maxNameBytes = 1024

export interface S3StoreOptions extends S3Location {
  timeouts?: Partial<S3Timeouts>
}

/** Opens a store in a bucket of S3 or of a compatible server. Nothing is sent before the first call of a method. */
export function createS3Store({ timeouts, ...location }: S3StoreOptions): ObjectStore {
  const all = { ...defaultTimeouts, ...timeouts }
  return new S3Store(location, createS3Client(location, all), all, createSigningClient(location, all))
}

class S3Store implements ObjectStore {
  readonly #client: S3Client
  readonly #timeouts: S3Timeouts
  readonly #bucket: string
  readonly #prefix: string
  readonly presign: ObjectStore['presign']

  constructor({ bucket, prefix }: S3Location, client: S3Client, timeouts: S3Timeouts, signing?: S3Client) {
    this.#client = client
    this.#timeouts = timeouts
    this.#bucket = bucket
    this.#prefix = prefix ? `${prefix}/` : ''
    if (signing)
      this.presign = (key, { signal, ...put }: PresignOptions) =>
        callS3(timeouts.callMs, signal, () => presignPut(signing, this.#object(key), put))
  }

  /**
   * A stream is sent once: after a failure the caller has to open it again. A buffer is sent up to three times. If the
   * first attempt succeeds but its response is lost, the next attempt finds the object: with `onlyNew` the result is
   * then false, although this call has stored the object.
   */
  put(key: string, body: ObjectBody, { contentType, onlyNew, signal }: PutOptions): Promise<boolean> {
    const { transferMs } = this.#timeouts
    return consumeBody(body, () =>
      callS3(transferMs, signal, async controller => {
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
    return callS3(this.#timeouts.callMs, options.signal, async ({ signal }) => {
      const found = await this.#get(key, signal, options.range)
      if (found && options.signal) addAbortSignal(options.signal, found.stream)
      return found
    })
  }

  read(key: string, { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal }) {
    return callS3(this.#timeouts.transferMs, signal, async ({ signal }) => {
      const found = await this.#get(key, signal)
      if (found && found.bytes > maxBytes) {
        found.stream.destroy()
        throw new DarkroomError('internal', `the object has more than ${maxBytes} bytes`)
      }
      return found && buffer(found.stream)
    })
  }

  size(key: string, signal?: AbortSignal): Promise<number | undefined> {
    return callS3(this.#timeouts.callMs, signal, ({ signal }) => this.#head(key, signal))
  }

  async delete(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    const objects = keys.map(key => ({ Key: this.#object(key).Key })).filter(({ Key }) => canExist(Key))
    let failure: DarkroomError | undefined
    for (let first = 0; first < objects.length; first += maxDeleted) {
      const batch = { Objects: objects.slice(first, first + maxDeleted), Quiet: true }
      await callS3(this.#timeouts.callMs, signal, async ({ signal }) => {
        const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: batch })
        const { Errors: [failed] = [] } = await this.#client.send(command, { abortSignal: signal })
        if (failed) failure ??= notDeletedError(`${failed.Key}`, `${failed.Code}`, `${failed.Message}`)
      })
    }
    // only now, so that one object does not keep the others
    if (failure) throw failure
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<string> {
    checkKeyPrefix(prefix)
    let next: string | undefined
    do {
      const page = await callS3(this.#timeouts.callMs, signal, ({ signal }) =>
        this.#page(prefix, next, signal),
      )
      for (const { Key: name = '' } of page.Contents ?? []) {
        const key = name.slice(this.#prefix.length)
        if (isObjectKey(key)) yield key
      }
      next = page.NextContinuationToken
    } while (next)
  }

  /** The probe's name begins with a dot, so it is not a key and is never listed. */
  check(signal?: AbortSignal): Promise<void> {
    return callS3(this.#timeouts.callMs, signal, async ({ signal }) => {
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

  #object(key: string): { Bucket: string; Key: string } {
    checkObjectKey(key)
    return { Bucket: this.#bucket, Key: this.#prefix + key }
  }

  async #get(key: string, signal: AbortSignal, range?: ByteRange) {
    const object = this.#object(key)
    if (!canExist(object.Key)) return undefined
    return getObject(this.#client, object, { idleMs: this.#timeouts.idleMs, signal, range })
  }

  async #head(key: string, signal: AbortSignal): Promise<number | undefined> {
    const object = this.#object(key)
    if (!canExist(object.Key)) return undefined
    const response = this.#client.send(new HeadObjectCommand(object), { abortSignal: signal })
    return (await unlessObjectMissing(response))?.ContentLength
  }

  #page(prefix: string, next: string | undefined, signal: AbortSignal) {
    const command = new ListObjectsV2Command({
      Bucket: this.#bucket,
      Prefix: this.#prefix + prefix,
      ...(next && { ContinuationToken: next }),
    })
    return this.#client.send(command, { abortSignal: signal })
  }

  /**
   * 412: the object existed before. 409: another writer was storing it at the same time. If that object exists now, the
   * key is taken; if not, the caller may retry.
   */
  async #isTaken(key: string, error: unknown, signal: AbortSignal): Promise<boolean> {
    if (httpStatusOf(error) === 412) return true
    return httpStatusOf(error) === 409 && (await this.#head(key, signal)) !== undefined
  }
}

/** Whether an object of this name can exist. Servers reject reads of longer names instead of answering 404. */
function canExist(name: string): boolean {
  return name.length <= maxNameBytes
}

/** The SDK pipes a stream and ignores its errors, so a stream that fails has to abort the call itself. */
function contentOf(body: ObjectBody, call: AbortController): Buffer | Readable {
  if (Buffer.isBuffer(body)) return body
  const content = Readable.from(ensureLength(body.stream, body.bytes), { objectMode: false })
  return content.once('error', error => call.abort(error))
}
