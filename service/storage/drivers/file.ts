import { type FileHandle, link, mkdir, open, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { DarkroomError } from '../../errors/catalogue.ts'
import { consumeBody } from '../body.ts'
import { clipByteRange } from '../byte-range.ts'
import { withDeadline } from '../deadline.ts'
import { checkKeyPrefix, checkObjectKey } from '../object-key.ts'
import type { ByteRange, ObjectBody, ObjectStore, PutOptions, StoredObject } from '../store.ts'
import { errnoOf, isFileMissing, mapDiskErrors, toDiskError } from './file/errors.ts'
import { listKeys, pathOfKey } from './file/paths.ts'
import { TemporaryFiles } from './file/temporary-files.ts'

/** How long one object may take to arrive; far below the age at which a temporary file counts as left behind. */
const writeLimitMs = 10 * 60_000
const readLimitMs = 60_000
/** How much is read in one call, which nothing can interrupt, in bytes. */
const mostAtOnce = 16 * 1024 * 1024

export interface FileStoreOptions {
  /** Absolute; made when it does not exist. Several processes may share it. */
  directory: string
}

/** Opens a store of plain files: key `a/b` is the file `<directory>/a/b`. @throws DarkroomError `unavailable` */
export async function createFileStore({ directory }: FileStoreOptions): Promise<ObjectStore> {
  const root = resolve(directory)
  const incoming = new TemporaryFiles(root)
  await mapDiskErrors(incoming.prepare())
  return new FileStore(root, incoming)
}

class FileStore implements ObjectStore {
  readonly #directory: string
  readonly #incoming: TemporaryFiles

  constructor(directory: string, incoming: TemporaryFiles) {
    this.#directory = directory
    this.#incoming = incoming
  }

  put(key: string, body: ObjectBody, options: PutOptions): Promise<boolean> {
    return consumeBody(body, () =>
      withDeadline(writeLimitMs, options.signal, async ({ signal }) => {
        const target = this.#pathOf(key)
        const temporary = await this.#incoming.write(body, signal)
        return mapDiskErrors(this.#publish(temporary, target, options))
      }),
    )
  }

  async open(key: string, options: { range?: ByteRange; signal?: AbortSignal } = {}) {
    const { range, signal } = options
    signal?.throwIfAborted()
    const opened = await mapDiskErrors(openFile(this.#pathOf(key)))
    return opened && closingOnError(opened.file, async () => streamOf(opened, range, signal))
  }

  read(key: string, { maxBytes, signal }: { maxBytes: number; signal?: AbortSignal }) {
    return withDeadline(readLimitMs, signal, async ({ signal }) => {
      const opened = await mapDiskErrors(openFile(this.#pathOf(key)))
      if (!opened) return undefined
      const { file, bytes } = opened
      try {
        if (bytes > maxBytes) throw new DarkroomError('internal', 'An object is larger than was expected')
        return await mapDiskErrors(readWhole(file, bytes, signal))
      } finally {
        await file.close()
      }
    })
  }

  async size(key: string, signal?: AbortSignal): Promise<number | undefined> {
    signal?.throwIfAborted()
    const path = this.#pathOf(key)
    const found = await mapDiskErrors(unlessMissing(stat(path)))
    return found?.isFile() ? found.size : undefined
  }

  async delete(keys: readonly string[], signal?: AbortSignal): Promise<void> {
    const paths = keys.map(key => this.#pathOf(key))
    for (const path of paths) {
      signal?.throwIfAborted()
      await mapDiskErrors(unlessMissing(unlink(path)))
    }
    for (const folder of new Set(paths.map(path => dirname(path))))
      await mapDiskErrors(unlessMissing(syncFolder(folder)))
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncGenerator<string> {
    checkKeyPrefix(prefix)
    signal?.throwIfAborted()
    try {
      for await (const key of listKeys(this.#directory, prefix)) {
        signal?.throwIfAborted()
        yield key
      }
    } catch (error) {
      throw toDiskError(error)
    }
  }

  check(signal?: AbortSignal): Promise<void> {
    return withDeadline(readLimitMs, signal, async ({ signal }) => {
      const probe = await this.#incoming.write(Buffer.from('probe'), signal)
      await mapDiskErrors(unlink(probe))
    })
  }

  async close(): Promise<void> {}

  #pathOf(key: string): string {
    checkObjectKey(key)
    return join(this.#directory, pathOfKey(key))
  }

  /** Moves a finished file to its place; false when the place is taken. */
  async #publish(
    temporary: string,
    target: string,
    { onlyNew = false, durable = true }: PutOptions,
  ): Promise<boolean> {
    try {
      const move = onlyNew ? linkUnlessTaken : renameTo
      const moved = await intoFolder(dirname(target), () => move(temporary, target))
      if (moved && durable) await this.#syncFoldersOf(target)
      return moved
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  /** A power cut must keep the name too, and the folders above it, which another writer may just have made. */
  async #syncFoldersOf(target: string): Promise<void> {
    let folder = target
    do {
      folder = dirname(folder)
      await syncFolder(folder)
    } while (folder !== this.#directory)
  }
}

/** Makes the folder only when it turns out to be missing, which is seldom. */
async function intoFolder<T>(folder: string, move: () => Promise<T>): Promise<T> {
  try {
    return await move()
  } catch (error) {
    if (!isFileMissing(error)) throw error
    await mkdir(folder, { recursive: true })
    return move()
  }
}

async function renameTo(temporary: string, target: string): Promise<true> {
  await rename(temporary, target)
  return true
}

/** Unlike a renaming, linking fails when the name is taken, whichever process took it. */
async function linkUnlessTaken(temporary: string, target: string): Promise<boolean> {
  const linked = await link(temporary, target).then(
    () => true,
    error => {
      if (errnoOf(error) === 'EEXIST') return false
      throw error
    },
  )
  await rm(temporary, { force: true })
  return linked
}

/** A file of the store never changes, it is only replaced: size and bytes of an open one belong to one object. */
interface OpenedFile {
  readonly file: FileHandle
  readonly bytes: number
}

async function openFile(path: string): Promise<OpenedFile | undefined> {
  const file = await unlessMissing(open(path, 'r'))
  if (!file) return undefined
  return closingOnError(file, async () => {
    const found = await file.stat()
    if (found.isFile()) return { file, bytes: found.size }
    await file.close()
    return undefined
  })
}

/** Every call goes to another thread and back: `readFile` of a file that is open would ask for its size once more. */
async function readWhole(file: FileHandle, bytes: number, signal: AbortSignal): Promise<Buffer> {
  const data = Buffer.allocUnsafeSlow(bytes)
  let end = 0
  while (end < bytes) {
    signal.throwIfAborted()
    const { bytesRead } = await file.read(data, end, Math.min(bytes - end, mostAtOnce), end)
    if (bytesRead === 0) throw new DarkroomError('internal', 'An object is shorter than its file was')
    end += bytesRead
  }
  return data
}

function streamOf(
  { file, bytes: totalBytes }: OpenedFile,
  range?: ByteRange,
  signal?: AbortSignal,
): StoredObject {
  const part = range && clipByteRange(range, totalBytes)
  const stream = file.createReadStream({ ...part })
  // Whoever reads it later learns of an error anyway; before, it must not end the process.
  stream.on('error', () => {})
  if (signal) addAbortSignal(signal, stream)
  return { stream, bytes: part ? part.end - part.start + 1 : totalBytes, totalBytes }
}

async function closingOnError<T>(file: FileHandle, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await file.close()
    throw error
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (isFileMissing(error)) return undefined
    throw error
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
