import { hash } from 'node:crypto'
import type { ObjectStore } from '../storage/store.ts'
import type { Derivative, MemoryTier } from './memory-tier.ts'
import { wholenessOf } from './wholeness.ts'

/**
 * The largest object that is read, in bytes. Outputs of the maximum size, 8192 x 8192 pixels, are smaller, so an object
 * above this limit is broken.
 */
const maxDerivativeBytes = 512 * 1024 * 1024

/** An object of the store with its entity tag. */
export interface StoredBytes {
  readonly data: Buffer
  readonly etag: string
}

/**
 * The memory tier in front of the object store. Concurrent requests for one key are the caller's concern (single
 * flight).
 */
export interface TieredCache {
  /** The derivative in memory, unless it is a stand-in that may have been replaced. */
  getFromMemory(key: string): Derivative | undefined
  /** The derivative in memory, even a stand-in that may have been replaced. */
  getStaleFromMemory(key: string): Derivative | undefined
  /** The object in the store; one that a power cut has cut short counts as missing. */
  readFromStore(key: string, signal?: AbortSignal): Promise<StoredBytes | undefined>
  /**
   * Puts a derivative into memory and computes its tag unless it is given. The write to the store happens elsewhere,
   * after the response.
   */
  putInMemory(derivative: Omit<Derivative, 'etag'> & { readonly etag?: string }): Derivative
  /** Marks a stand-in as possibly replaced: the next request reads the store. */
  expireStandin(key: string): void
  /** Evicts every derivative under these key prefixes from memory. */
  evict(prefixes: readonly string[]): void
}

export function createTieredCache(memory: MemoryTier, store: ObjectStore): TieredCache {
  return {
    getFromMemory: key => memory.get(key),
    getStaleFromMemory: key => memory.getStale(key),
    async readFromStore(key, signal) {
      const data = await store.read(key, { maxBytes: maxDerivativeBytes, ...(signal && { signal }) })
      if (data === undefined || wholenessOf(data) === 'cut') return undefined
      return { data, etag: etagOf(data) }
    },
    putInMemory(given) {
      const derivative = { ...given, etag: given.etag ?? etagOf(given.data) }
      memory.set(derivative)
      return derivative
    },
    expireStandin: key => memory.expireStandin(key),
    evict: prefixes => memory.evict(prefixes),
  }
}

/** A strong entity tag: the first 128 bits of the bytes' SHA-256. */
function etagOf(data: Buffer): string {
  return `"${hash('sha256', data, 'base64url').slice(0, 22)}"`
}
