import { rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf, unlessFileMissing } from './errors.ts'
import { forEach } from './for-each.ts'
import { syncFolder } from './publish-file.ts'

/** A folder with so many segments holds a part of a user's objects. Those above stay when they are empty. */
const removableDepth = 3

/**
 * Deletes files, whose paths are relative to the store's directory, and flushes their folders to disk. Files that do not
 * exist are ignored. A folder that is then empty is deleted as well.
 */
export async function deleteFiles(
  root: string,
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await forEach(paths, path => unlessFileMissing(unlink(join(root, path))), signal)
  await forEach([...new Set(paths.map(path => dirname(path)))], async folder => {
    const isRemoved = folder.split('/').length >= removableDepth && (await removeIfEmpty(join(root, folder)))
    await unlessFileMissing(syncFolder(join(root, isRemoved ? dirname(folder) : folder)))
  })
}

async function removeIfEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(errnoOf(error))) return false
    throw error
  }
}
