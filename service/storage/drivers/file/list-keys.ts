import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { isFileMissing } from './errors.ts'
import { isFolderOf, keyOfPath, type Layout, pathStartOf } from './paths.ts'

/** Every key in a layout that begins with a prefix, streamed from the folders that can contain it. */
export async function* listKeys(directory: string, prefix: string, layout: Layout): AsyncGenerator<string> {
  const start = pathStartOf(prefix, layout)
  const folder = start.slice(0, start.lastIndexOf('/') + 1)
  for await (const path of walk(directory, folder, { start, layout })) {
    const key = keyOfPath(path, layout)
    if (key?.startsWith(prefix)) yield key
  }
}

/** The files whose paths begin with `start`. */
async function* walk(
  directory: string,
  folder: string,
  filter: { readonly start: string; readonly layout: Layout },
): AsyncGenerator<string> {
  for await (const entry of entriesOf(join(directory, folder))) {
    const path = folder + entry.name
    if (entry.name.startsWith('.') || !path.startsWith(filter.start)) continue
    if (!entry.isDirectory()) yield path
    else if (isFolderOf(path, filter.layout)) yield* walk(directory, `${path}/`, filter)
  }
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder, { bufferSize: 256 })
  } catch (error) {
    if (!isFileMissing(error)) throw error
  }
}
