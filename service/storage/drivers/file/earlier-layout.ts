import { link, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf, isFileMissing, unlessFileMissing } from './errors.ts'
import { forEach } from './for-each.ts'
import { earlierPathOfKey, pathOfKey, spreadKinds } from './paths.ts'
import { intoFolder, syncFolder } from './publish-file.ts'

/**
 * The mark of a directory whose objects all are in their current places. No key begins with a dot, so no key can name it.
 */
const markName = '.spread'

/**
 * Whether objects may be where earlier versions of the service stored them. A directory without objects is marked, so
 * that it is never asked again.
 */
export async function hasEarlierObjects(root: string): Promise<boolean> {
  if (await exists(join(root, markName))) return false
  for (const kind of spreadKinds) if (await exists(join(root, kind))) return true
  await markSpread(root)
  return false
}

/** Records that all objects are in their current places. */
export async function markSpread(root: string): Promise<void> {
  await writeFile(join(root, markName), 'objects are in folders named after the first two characters\n')
}

async function exists(path: string): Promise<boolean> {
  return (await unlessFileMissing(stat(path))) !== undefined
}

/**
 * Moves objects to their current places, unless newer ones are there. The new names are durable before the old ones are
 * removed, so that a crash loses nothing; a deletion removes the old name first, so that it is never undone.
 */
export async function moveToCurrentPlaces(root: string, keys: readonly string[]): Promise<void> {
  const moves = keys.flatMap(key => {
    const earlier = earlierPathOfKey(key)
    return earlier === undefined ? [] : [{ from: join(root, earlier), to: join(root, pathOfKey(key)) }]
  })
  const folders = [...new Set(moves.map(({ to }) => dirname(to)))]
  await forEach(moves, ({ from, to }) => linkUnlessTaken(from, to))
  const parents = new Set(folders.map(folder => dirname(folder)))
  await forEach([...folders, ...parents], folder => unlessFileMissing(syncFolder(folder)))
  await forEach(moves, ({ from }) => unlessFileMissing(unlink(from)))
}

async function linkUnlessTaken(from: string, to: string): Promise<void> {
  try {
    await intoFolder(dirname(to), () => link(from, to))
  } catch (error) {
    const isDeleted = isFileMissing(error) && !(await exists(from))
    if (errnoOf(error) !== 'EEXIST' && !isDeleted) throw error
  }
}
