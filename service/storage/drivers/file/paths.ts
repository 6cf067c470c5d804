import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { isObjectKey } from '../../object-key.ts'
import { isFileMissing } from './errors.ts'

/**
 * How keys become paths. `=` and `+` are in no key, so both steps can be undone:
 * a capital is written `=` and its small letter, because some file systems take `A` and `a` for the same name;
 * a name too long for a file system is cut into pieces: all but the last are folders and end in `+`, all but the
 * first begin with `+`, so that no piece can be `..` or hidden.
 */
const longName = /.{200}(?=.)/g

/** The path of a key (or of the beginning of one), relative to the store's directory. */
export function pathOfKey(key: string): string {
  return key.split('/').map(nameOf).join('/')
}

function nameOf(segment: string): string {
  return segment.replace(/[A-Z]/g, capital => `=${capital.toLowerCase()}`).replace(longName, '$&+/+')
}

/** The key of a path; undefined when no key has this path: a file that somebody else put here. */
export function keyOfPath(path: string): string | undefined {
  const key = path.replaceAll('+/+', '').replace(/=([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return isObjectKey(key) && pathOfKey(key) === path ? key : undefined
}

/** Every key that begins with a prefix, read as a stream from the folders that the prefix leads to. */
export async function* listKeys(directory: string, prefix: string): AsyncGenerator<string> {
  const start = pathOfKey(prefix)
  yield* walk(directory, start.slice(0, start.lastIndexOf('/') + 1), start)
}

async function* walk(directory: string, folder: string, start: string): AsyncGenerator<string> {
  for await (const entry of entriesOf(join(directory, folder))) {
    const path = folder + entry.name
    if (entry.name.startsWith('.') || !path.startsWith(start)) continue
    if (entry.isDirectory()) yield* walk(directory, `${path}/`, start)
    else yield* keysAt(path)
  }
}

function keysAt(path: string): string[] {
  const key = keyOfPath(path)
  return key === undefined ? [] : [key]
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder, { bufferSize: 256 })
  } catch (error) {
    if (!isFileMissing(error)) throw error
  }
}
