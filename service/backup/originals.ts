import { createHash } from 'node:crypto'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { backoffMs, jittered } from '../concurrency/backoff.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { contentTypeOf } from '../plan/formats.ts'
import { originalKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { SavedFile } from './manifest.ts'
import { readRows } from './saved-file.ts'

/** An original that a backup names. */
export interface SavedOriginal {
  readonly userId: string
  readonly imageId: string
  readonly version: string | null
  readonly extension: string
  readonly bytes: number
  readonly sha256: string
}

export const keyOf = ({ userId, imageId, extension, version }: SavedOriginal) =>
  originalKey(userId, imageId, extension, version)

/** The originals that a backup names. @throws DarkroomError `bad-request` when the list is damaged */
export async function* readOriginals(
  store: ObjectStore,
  list: SavedFile,
  signal: AbortSignal,
): AsyncGenerator<SavedOriginal> {
  for await (const row of readRows(store, list, signal)) {
    const [userId, imageId, version = null, extension, bytes, sha256] = row
    if (!userId || !imageId || !extension || !bytes || !sha256)
      throw new DarkroomError('bad-request', 'the list of originals: a row is not complete')
    yield { userId, imageId, version, extension, bytes: Number(bytes), sha256 }
  }
}

const attempts = 4
const retries = { firstMs: 500, maxMs: 5_000 }

/** Runs a call of a store again when the store does not answer. */
export async function retrying<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      const isOutage = error instanceof DarkroomError && error.code === 'unavailable'
      if (!isOutage || attempt === attempts) throw error
    }
    await delay(jittered(backoffMs(attempt, retries)), undefined, { signal })
  }
}

/**
 * Copies an original to another store. The object becomes visible there only when all of its bytes have the right hash.
 * @param newKey of the copy; by default that of the original
 * @throws DarkroomError `unavailable` when a store does not answer
 */
export async function copyOriginal(
  from: ObjectStore,
  to: ObjectStore,
  original: SavedOriginal,
  signal: AbortSignal,
  newKey = keyOf(original),
): Promise<'copied' | 'missing' | 'damaged'> {
  const source = await from.open(keyOf(original), { signal })
  if (source === undefined) return 'missing'
  if (source.bytes !== original.bytes) {
    source.stream.destroy()
    return 'damaged'
  }
  const check = new HashCheck(original.sha256)
  const read = pipeline(source.stream, check, { signal }).catch(error => void check.destroy(error))
  try {
    const body = { stream: check, bytes: original.bytes }
    await to.put(newKey, body, { contentType: contentTypeOf(original.extension), signal })
    return 'copied'
  } catch (error) {
    if (check.isWrong) return 'damaged'
    throw error
  } finally {
    check.destroy()
    await read
  }
}

/** Whether a store has an original with the right hash. It is read completely. */
export async function verifyOriginal(
  store: ObjectStore,
  original: SavedOriginal,
  signal: AbortSignal,
): Promise<'present' | 'missing' | 'damaged'> {
  const found = await store.open(keyOf(original), { signal })
  if (found === undefined) return 'missing'
  if (found.bytes !== original.bytes) {
    found.stream.destroy()
    return 'damaged'
  }
  const hash = createHash('sha256')
  for await (const chunk of found.stream) hash.update(chunk)
  return hash.digest('hex') === original.sha256 ? 'present' : 'damaged'
}

/**
 * Passes bytes on, and fails at their end unless they have the hash. It holds the last chunk back until then, so that no
 * reader gets all bytes of a damaged object.
 */
class HashCheck extends Transform {
  readonly #hash = createHash('sha256')
  readonly #expected: string
  #held: Buffer | undefined
  isWrong = false

  constructor(expected: string) {
    super()
    this.#expected = expected
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk)
    const held = this.#held
    this.#held = chunk
    done(null, held)
  }

  override _flush(done: TransformCallback): void {
    this.isWrong = this.#hash.digest('hex') !== this.#expected
    if (this.isWrong) done(new DarkroomError('internal', 'the object does not have the hash of its row'))
    else done(null, this.#held)
  }
}
