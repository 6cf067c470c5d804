import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { ByteRange, ObjectStore, StoredObject } from './store.ts'

export const type = { contentType: 'application/octet-stream' }
export const everything = { maxBytes: Number.MAX_SAFE_INTEGER }

/** A test that every driver must pass, with a new, empty store. */
export type StoreTest = (t: Test, store: ObjectStore) => Promise<void>

/** A body that arrives in pieces of 64 KiB. */
export function streamOf(content: Buffer): { stream: Readable; bytes: number } {
  const pieces = Array.from({ length: Math.ceil(content.length / 65_536) }, (_, index) =>
    content.subarray(index * 65_536, (index + 1) * 65_536),
  )
  return { stream: Readable.from(pieces, { objectMode: false }), bytes: content.length }
}

/** Opens an object that must exist. */
export async function opened(
  store: ObjectStore,
  ...args: Parameters<ObjectStore['open']>
): Promise<StoredObject> {
  const found = await store.open(...args)
  if (!found) throw new Error('the object does not exist')
  return found
}

/** Reads a whole object, or a range of it. */
export async function contentOf(store: ObjectStore, key: string, range?: ByteRange) {
  const { stream, bytes, totalBytes } = await opened(store, key, range && { range })
  return { content: await buffer(stream), bytes, totalBytes }
}

/** The keys with a prefix, sorted. */
export async function keysOf(store: ObjectStore, prefix: string, signal?: AbortSignal): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.list(prefix, signal)) keys.push(key)
  return keys.sort()
}

/** Puts objects whose content is their key, 24 at a time. */
export async function putAll(store: ObjectStore, keys: string[]): Promise<void> {
  const waiting = keys.values()
  const writer = async () => {
    for (const key of waiting) await store.put(key, Buffer.from(key), type)
  }
  await Promise.all(Array.from({ length: 24 }, writer))
}
