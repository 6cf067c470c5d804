import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { promisify } from 'node:util'
import { ensureLength } from '../../body.ts'
import type { ObjectBody } from '../../store.ts'
import { isFileMissing, mapDiskErrors } from './errors.ts'

/** No write takes this long (see `writeLimitMs`), so an older file was left by a crashed process. */
const abandonedAgeMs = 60 * 60_000

/**
 * The files of objects that are being written. Their folder is on the store's file system, so that a finished file can
 * be renamed to its place. No key begins with a dot, so no key can name the folder.
 */
export class TemporaryFiles {
  readonly #folder: string

  constructor(directory: string) {
    this.#folder = join(directory, '.incoming')
  }

  /** Creates the folder and removes the files of crashed processes, but none that may still be written. */
  async prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name)
      if ((await modifiedAt(path)) < Date.now() - abandonedAgeMs) await rm(path, { force: true })
    }
  }

  /** The path of a new file. */
  newPath(): string {
    return join(this.#folder, randomUUID())
  }

  /** Writes a body to a new file, and flushes it to disk; on failure removes the file. @returns its path */
  async write(body: ObjectBody, { flush, signal }: { flush: boolean; signal: AbortSignal }): Promise<string> {
    const path = this.newPath()
    try {
      if (Buffer.isBuffer(body)) await mapDiskErrors(writeWhole(path, body, { flag: 'wx', flush, signal }))
      else await writeStream(path, body, signal)
      return path
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }
}

/** One promise for a whole write. `writeFile` of `fs/promises` creates one for each of its four system calls. */
const writeWhole = promisify(writeFile)

async function writeStream(
  path: string,
  { stream, bytes }: Exclude<ObjectBody, Buffer>,
  signal: AbortSignal,
): Promise<void> {
  const file = await mapDiskErrors(open(path, 'wx'))
  try {
    addAbortSignal(signal, stream)
    for await (const chunk of ensureLength(stream, bytes)) await mapDiskErrors(file.writeFile(chunk))
    await mapDiskErrors(file.sync())
  } finally {
    await file.close()
  }
}

async function modifiedAt(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs
  } catch (error) {
    if (isFileMissing(error)) return Date.now()
    throw error
  }
}
