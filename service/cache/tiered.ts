import { createHash } from 'node:crypto'
import type { ObjectStore } from '../storage/store.ts'
import type { Derivative, MemoryTier } from './memory.ts'

/** A derivative larger than this is a broken one: an output has at most 8192 x 8192 pixels. */
const maxDerivativeBytes = 512 * 1024 * 1024

/** Memory in front of the object store. Who asks for the same key at once is the caller's concern (one flight). */
export interface TieredCache {
  /** What memory has, at once. */
  inMemory(key: string): Derivative | undefined
  /** What the store has; it is in memory from then on. */
  fromStore(key: string, contentType: string, signal: AbortSignal): Promise<Derivative | undefined>
  /** Takes a fresh derivative into memory. Keeping it in the store is done behind the response. */
  remember(key: string, data: Buffer, contentType: string): Derivative
  /** Forgets what memory has under these key prefixes. */
  forget(prefixes: readonly string[]): void
}

export function createTieredCache(memory: MemoryTier, store: ObjectStore): TieredCache {
  const remember = (key: string, data: Buffer, contentType: string) => {
    const derivative: Derivative = { key, data, contentType, etag: etagOf(data) }
    memory.set(derivative)
    return derivative
  }
  return {
    inMemory: key => memory.get(key),
    async fromStore(key, contentType, signal) {
      const data = await store.read(key, { maxBytes: maxDerivativeBytes, signal })
      return data && remember(key, data, contentType)
    },
    remember,
    forget: prefixes => memory.forget(prefixes),
  }
}

/** A strong entity tag: the first 128 bits of the bytes' SHA-256. */
function etagOf(data: Buffer): string {
  return `"${createHash('sha256').update(data).digest('base64url').slice(0, 22)}"`
}
