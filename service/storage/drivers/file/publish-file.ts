import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errnoOf, isFileMissing } from './errors.ts'

export interface PublishFileOptions {
  /** The store's directory. */
  readonly root: string
  /** Fail when the target exists. */
  readonly onlyNew: boolean
  /** Flush the folders to disk, so that the name survives a power cut. */
  readonly durable: boolean
}

/** Moves a finished temporary file to its place; false when `onlyNew` is set and the target exists. */
export async function publishFile(
  temporary: string,
  target: string,
  { root, onlyNew, durable }: PublishFileOptions,
): Promise<boolean> {
  try {
    const move = onlyNew ? linkUnlessTaken : renameTo
    const moved = await intoFolder(dirname(target), () => move(temporary, target))
    if (moved && durable) await syncFolders(target, root)
    return moved
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** Flushes a folder's entries to disk. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Flushes all folders above the target, any of which another writer may have just created. */
async function syncFolders(target: string, root: string): Promise<void> {
  let folder = target
  do {
    folder = dirname(folder)
    await syncFolder(folder)
  } while (folder !== root)
}

/** A deletion may remove the folder whenever it is empty. */
const maxAttempts = 10

/** Creates the folder only after the move failed without it, which is rare. */
export async function intoFolder<T>(folder: string, move: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await move()
    } catch (error) {
      if (!isFileMissing(error) || attempt === maxAttempts) throw error
      await mkdir(folder, { recursive: true })
    }
  }
}

async function renameTo(temporary: string, target: string): Promise<true> {
  await rename(temporary, target)
  return true
}

/** Unlike a rename, a link fails when the name is taken, even by another process. */
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
