import { createHash } from 'node:crypto'
import type { ObjectStore } from '../storage/store.ts'
import type { Derivative, MemoryTier } from './memory-tier.ts'

/** A derivative larger than this is a broken one: an output has at most 8192 x 8192 pixels. */
const maxDerivativeBytes = 512 * 1024 * 1024

/** An object of the store, with its entity tag. */
export interface StoredBytes {
  readonly data: Buffer
  readonly etag: string
}

/** Memory in front of the object store. Who asks for the same key at once is the caller's concern (one flight). */
export interface TieredCache {
  /** What memory has, at once; but no stand-in that may have been replaced. */
  getFromMemory(key: string): Derivative | undefined
  /** What memory has, even if it may have been replaced. */
  getStaleFromMemory(key: string): Derivative | undefined
  /** What the store has. */
  readFromStore(key: string, signal: AbortSignal): Promise<StoredBytes | undefined>
  /** Takes a derivative into memory. Keeping a fresh one, whose tag nobody knows yet, in the store is done behind the response. */
  putInMemory(derivative: Omit<Derivative, 'etag'> & { readonly etag?: string }): Derivative
  /** A stand-in may have been replaced: who asks for it gets what the store has. */
  expireStandin(key: string): void
  /** Forgets what memory has under these key prefixes. */
  evict(prefixes: readonly string[]): void
}

export function createTieredCache(memory: MemoryTier, store: ObjectStore): TieredCache {
  return {
    getFromMemory: key => memory.get(key),
    getStaleFromMemory: key => memory.getStale(key),
    async readFromStore(key, signal) {
      const data = await store.read(key, { maxBytes: maxDerivativeBytes, signal })
      return data && { data, etag: etagOf(data) }
    },
    putInMemory(fresh) {
      const derivative = { ...fresh, etag: fresh.etag ?? etagOf(fresh.data) }
      memory.set(derivative)
      return derivative
    },
    expireStandin: key => memory.expireStandin(key),
    evict: prefixes => memory.evict(prefixes),
  }
}

/** A strong entity tag: the first 128 bits of the bytes' SHA-256. */
function etagOf(data: Buffer): string {
  return `"${createHash('sha256').update(data).digest('base64url').slice(0, 22)}"`
}
