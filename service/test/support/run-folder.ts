import { chmod, mkdtemp, rm, statfs } from 'node:fs/promises'
import { freemem, tmpdir } from 'node:os'
import { join } from 'node:path'

/** Linux' file system in memory. */
const memory = '/dev/shm'
/** How much memory must be free to hold the files of a run, in bytes. A run uses about an eighth of it. */
const neededBytes = 6e9

/** The folder for the temporary files of a run. */
export interface RunFolder {
  readonly path: string
  remove(): Promise<void>
}

/**
 * Creates the folder for the temporary files of a run, in memory if there is enough. Each test copies a database of 300
 * files and removes it, which costs three times as much CPU time on a disk with ext4.
 */
export async function createRunFolder(): Promise<RunFolder> {
  const path = await mkdtemp(join((await hasMemory()) ? memory : tmpdir(), 'darkroom-run-'))
  // the system users of Postgres and nginx enter it, too
  await chmod(path, 0o711)
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 }) }
}

async function hasMemory(): Promise<boolean> {
  const space = await statfs(memory).catch(() => undefined)
  return space !== undefined && Math.min(space.bavail * space.bsize, freemem()) >= neededBytes
}
