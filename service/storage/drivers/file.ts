import { stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DarkroomError } from '../../errors/catalogue.ts'
import { consumeBody } from '../body.ts'
import { withDeadline } from '../deadline.ts'
import { checkKeyPrefix, checkObjectKey } from '../object-key.ts'
import type { ByteRange, ObjectBody, ObjectStore, PutOptions } from '../store.ts'
import { mapDiskErrors, toDiskError, unlessFileMissing } from './file/errors.ts'
import { listKeys, pathOfKey } from './file/paths.ts'
import { publishFile, syncFolder } from './file/publish-file.ts'
import { closeOnError, openStoredFile, readStoredFile, streamStoredFile } from './file/stored-file.ts'
import { TemporaryFiles } from './file/temporary-files.ts'

/** How long one object may take to arrive; far below the age at which a temporary file counts as abandoned. */
const writeLimitMs = 10 * 60_000
const readLimitMs = 60_000

export interface FileStoreOptions {
  /** Absolute; created when it does not exist. Several processes may share it. */
  directory: string
}

/** Opens a store of plain files: key `a/b` is the file `<directory>/a/b`. @throws DarkroomError `unavailable` */
export async function createFileStore({ directory }: FileStoreOptions): Promise<ObjectStore> {
  const root = resolve(directory)
  const temporaryFiles = new TemporaryFiles(root)
  await mapDiskErrors(temporaryFiles.prepare())
  return new FileStore(root, temporaryFiles)
}

class FileStore implements ObjectStore {
  readonly #root: string
  readonly #temporaryFiles: TemporaryFiles

  constructor(root: string, temporaryFiles: TemporaryFiles) {
    this.#root = root
    this.#temporaryFiles = temporaryFiles
  }

  put(
    key: string,
    body: ObjectBody,
    { signal, onlyNew = false, durable = true }: PutOptions,
  ): Promise<boolean> {
    return consumeBody(body, () =>
      withDeadline(writeLimitMs, signal, async ({ signal }) => {
        const target = this.#pathOf(key)
        const temporary = await this.#temporaryFiles.write(body, signal)
        return mapDiskErrors(publishFile(temporary, target, { root: this.#root, onlyNew, durable }))
      }),
    )
  }

  async open(key: string, options: { range?: ByteRange; signal?: AbortSignal } = {}) {
    const { range, signal } = options
    signal?.throwIfAborted()
    const opened = await mapDiskErrors(openStoredFile(this.#pathOf(key)))
    return opened && closeOnError(opened.file, async () => streamStoredFile(opened, range, signal))
  }

  read(key: string, { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal }) {
    return withDeadline(readLimitMs, signal, async ({ signal }) => {
      const opened = await mapDiskErrors(openStoredFile(this.#pathOf(key)))
      if (!opened) return undefined
      try {
        if (opened.bytes > maxBytes)
          throw new DarkroomError('internal', `the object has more than ${maxBytes} bytes`)
        return await mapDiskErrors(readStoredFile(opened, signal))
      } finally {
        await opened.file.close()
      }
    })
  }

  async size(key: string, signal?: AbortSignal): Promise<number | undefined> {
    signal?.throwIfAborted()
    const path = this.#pathOf(key)
    const found = await mapDiskErrors(unlessFileMissing(stat(path)))
    return found?.isFile() ? found.size : undefined
  }

  async delete(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    const paths = keys.map(key => this.#pathOf(key))
    for (const path of paths) {
      signal?.throwIfAborted()
      await mapDiskErrors(unlessFileMissing(unlink(path)))
    }
    for (const folder of new Set(paths.map(path => dirname(path))))
      await mapDiskErrors(unlessFileMissing(syncFolder(folder)))
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<string> {
    checkKeyPrefix(prefix)
    signal?.throwIfAborted()
    try {
      for await (const key of listKeys(this.#root, prefix)) {
        signal?.throwIfAborted()
        yield key
      }
    } catch (error) {
      throw toDiskError(error)
    }
  }

  check(signal?: AbortSignal): Promise<void> {
    return withDeadline(readLimitMs, signal, async ({ signal }) => {
      const probe = await this.#temporaryFiles.write(Buffer.from('probe'), signal)
      await mapDiskErrors(unlink(probe))
    })
  }

  async close(): Promise<void> {}

  #pathOf(key: string): string {
    checkObjectKey(key)
    return join(this.#root, pathOfKey(key))
  }
}
