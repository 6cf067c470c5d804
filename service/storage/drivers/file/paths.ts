import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { isObjectKey } from '../../object-key.ts'
import { isFileMissing } from './errors.ts'

/**
 * The encoding of keys as paths. Keys contain neither `=` nor `+`, so both steps can be reversed:
 * a capital letter becomes `=` and the small letter, because some file systems treat `A` and `a` as the same name;
 * a name too long for a file system is split into pieces: all but the last are folders and end in `+`, all but the
 * first begin with `+`, so that no piece can be `..` or a hidden file.
 */
const longName = /.{200}(?=.)/g

/** The path of a key, or of the beginning of a key, relative to the store's directory. */
export function pathOfKey(key: string): string {
  return key.split('/').map(encodeSegment).join('/')
}

function encodeSegment(segment: string): string {
  return segment.replace(/[A-Z]/g, capital => `=${capital.toLowerCase()}`).replace(longName, '$&+/+')
}

/** The key of a path; undefined when no key has this path, because another program wrote the file. */
export function keyOfPath(path: string): string | undefined {
  const key = path.replaceAll('+/+', '').replace(/=([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return isObjectKey(key) && pathOfKey(key) === path ? key : undefined
}

/** Every key that begins with a prefix, streamed from the folders that can contain it. */
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
