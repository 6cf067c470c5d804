import { stat, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DarkroomError } from '../../errors/catalogue.ts'
import { consumeBody } from '../body.ts'
import { withDeadline } from '../deadline.ts'
import { checkKeyPrefix, checkObjectKey } from '../object-key.ts'
import type { ByteRange, ObjectBody, ObjectStore, PutOptions } from '../store.ts'
import { deleteFiles } from './file/delete-files.ts'
import { hasEarlierObjects, markSpread, moveToCurrentPlaces } from './file/earlier-layout.ts'
import { mapDiskErrors, toDiskError, unlessFileMissing } from './file/errors.ts'
import { fileWriter, maxThreadBytes } from './file/file-writer.ts'
import { listKeys } from './file/list-keys.ts'
import { earlierPathOfKey, pathOfKey } from './file/paths.ts'
import { publishFile } from './file/publish-file.ts'
import { readSmallFile } from './file/small-file.ts'
import { closeOnError, openStoredFile, readStoredFile, streamStoredFile } from './file/stored-file.ts'
import { TemporaryFiles } from './file/temporary-files.ts'

/** How long one object may take to arrive; far below the age at which a temporary file counts as abandoned. */
const writeLimitMs = 10 * 60_000
const readLimitMs = 60_000
/** How many objects are moved at once: their folders are flushed to disk once. */
const maxMoved = 5_000

export interface FileStoreOptions {
  /** Absolute; created when it does not exist. Several processes may share it. */
  directory: string
}

/**
 * Opens a store of plain files; `paths.ts` says where each key is. Objects of earlier versions of the service are found
 * as well, in a directory that contained objects before. @throws DarkroomError `unavailable`
 */
export async function createFileStore({ directory }: FileStoreOptions): Promise<ObjectStore> {
  const root = resolve(directory)
  const temporaryFiles = new TemporaryFiles(root)
  await mapDiskErrors(temporaryFiles.prepare())
  return new FileStore(root, temporaryFiles, await mapDiskErrors(hasEarlierObjects(root)))
}

class FileStore implements ObjectStore {
  readonly #root: string
  readonly #temporaryFiles: TemporaryFiles
  /** Whether objects may be in an earlier place. */
  #hasEarlier: boolean

  constructor(root: string, temporaryFiles: TemporaryFiles, hasEarlier: boolean) {
    this.#root = root
    this.#temporaryFiles = temporaryFiles
    this.#hasEarlier = hasEarlier
  }

  put(
    key: string,
    body: ObjectBody,
    { signal, onlyNew = false, durable = true, flush = true }: PutOptions,
  ): Promise<boolean> {
    return consumeBody(body, () =>
      withDeadline(writeLimitMs, signal, async ({ signal }) => {
        const target = this.#pathOf(key)
        const earlier = this.#earlierPathOf(key)
        if (onlyNew && earlier && (await mapDiskErrors(isFile(earlier)))) return false
        const isLight = !durable && !flush && !onlyNew
        if (!earlier && isLight && (await this.#writeInThread(target, body, signal))) return true
        const temporary = await this.#temporaryFiles.write(body, { flush: durable || flush, signal })
        const done = await mapDiskErrors(
          publishFile(temporary, target, { root: this.#root, onlyNew, durable }),
        )
        if (done && earlier) await mapDiskErrors(unlessFileMissing(unlink(earlier)))
        return done
      }),
    )
  }

  async open(key: string, options: { range?: ByteRange; signal?: AbortSignal } = {}) {
    const { range, signal } = options
    signal?.throwIfAborted()
    const opened = await this.#find(key, openStoredFile)
    return opened && closeOnError(opened.file, async () => streamStoredFile(opened, range, signal))
  }

  async read(key: string, { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal }) {
    signal?.throwIfAborted()
    const small = await this.#find(key, readSmallFile)
    if (small === undefined) return undefined
    if (small !== 'larger' && small.length <= maxBytes) return small
    return withDeadline(readLimitMs, signal, ({ signal }) => this.#readLarge(key, maxBytes, signal))
  }

  async size(key: string, signal?: AbortSignal): Promise<number | undefined> {
    signal?.throwIfAborted()
    return this.#find(key, async path => {
      const found = await unlessFileMissing(stat(path))
      return found?.isFile() ? found.size : undefined
    })
  }

  async delete(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    for (const key of keys) checkObjectKey(key)
    // first, because an object that is being moved meanwhile is then found in its current place
    const earlier = this.#hasEarlier ? keys.flatMap(key => earlierPathOfKey(key) ?? []) : []
    if (earlier.length > 0) await mapDiskErrors(deleteFiles(this.#root, earlier, signal))
    const paths = keys.map(key => pathOfKey(key))
    await mapDiskErrors(deleteFiles(this.#root, paths, signal))
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<string> {
    checkKeyPrefix(prefix)
    signal?.throwIfAborted()
    try {
      // the earlier places first: an object that is moved meanwhile is then listed twice instead of never
      for (const layout of this.#hasEarlier ? (['flat', 'spread'] as const) : (['spread'] as const))
        for await (const key of listKeys(this.#root, prefix, layout)) {
          signal?.throwIfAborted()
          yield key
        }
    } catch (error) {
      throw toDiskError(error)
    }
  }

  async *listMisplaced({ move, signal }: { move: boolean; signal?: AbortSignal }): AsyncGenerator<string> {
    try {
      for await (const keys of batches(listKeys(this.#root, '', 'flat'), maxMoved)) {
        signal?.throwIfAborted()
        if (move) await moveToCurrentPlaces(this.#root, keys)
        yield* keys
      }
      if (!move) return
      await markSpread(this.#root)
      this.#hasEarlier = false
    } catch (error) {
      throw toDiskError(error)
    }
  }

  check(signal?: AbortSignal): Promise<void> {
    return withDeadline(readLimitMs, signal, async ({ signal }) => {
      const probe = await this.#temporaryFiles.write(Buffer.from('probe'), { flush: true, signal })
      await mapDiskErrors(unlink(probe))
    })
  }

  async close(): Promise<void> {}

  async #readLarge(key: string, maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined> {
    const opened = await this.#find(key, openStoredFile)
    if (!opened) return undefined
    try {
      if (opened.bytes > maxBytes)
        throw new DarkroomError('internal', `the object has more than ${maxBytes} bytes`)
      return await mapDiskErrors(readStoredFile(opened, signal))
    } finally {
      await opened.file.close()
    }
  }

  /** Writes a small object that need not be flushed to disk. False if that failed: the usual way then finds out why. */
  async #writeInThread(target: string, body: ObjectBody, signal: AbortSignal): Promise<boolean> {
    if (!Buffer.isBuffer(body) || body.length > maxThreadBytes) return false
    return fileWriter.write(this.#temporaryFiles.newPath(), target, body, signal)
  }

  /** Looks for an object in its places, and again in the first one: it may be moved there meanwhile. */
  async #find<T>(key: string, look: (path: string) => Promise<T | undefined>): Promise<T | undefined> {
    const path = this.#pathOf(key)
    const found = await mapDiskErrors(look(path))
    const earlier = found === undefined ? this.#earlierPathOf(key) : undefined
    if (earlier === undefined) return found
    return (await mapDiskErrors(look(earlier))) ?? (await mapDiskErrors(look(path)))
  }

  #pathOf(key: string): string {
    checkObjectKey(key)
    return join(this.#root, pathOfKey(key))
  }

  #earlierPathOf(key: string): string | undefined {
    const path = this.#hasEarlier ? earlierPathOfKey(key) : undefined
    return path && join(this.#root, path)
  }
}

async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

const isFile = async (path: string) => (await unlessFileMissing(stat(path)))?.isFile() ?? false
