import { LRUCache } from 'lru-cache'
import Type from 'typebox'

/** The variables of this room. */
export const cacheConfig = Type.Object({
  DARKROOM_MEMORY_CACHE_MB: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 256,
    description: 'derivatives kept in memory, in MiB',
  }),
  DARKROOM_SOURCE_CACHE_MB: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 256,
    description: 'sources kept in memory between developments, in MiB',
  }),
})

/** A finished picture, as it is delivered. Never changed: a new version is a new object. */
export interface Derivative {
  /** The object key, which is also the cache key. */
  readonly key: string
  readonly data: Buffer
  readonly contentType: string
  /** Strong, of the bytes, with its quotes. */
  readonly etag: string
}

/** Derivatives in memory, bounded by bytes; the least recently used goes first. */
export class MemoryTier {
  readonly #entries: LRUCache<string, Derivative>

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      // what the entry holds beside the bytes of the picture
      sizeCalculation: ({ data, key }) => data.length + 2 * key.length + 256,
    })
  }

  get(key: string): Derivative | undefined {
    return this.#entries.get(key)
  }

  set(derivative: Derivative): void {
    this.#entries.set(derivative.key, derivative)
  }

  /** Forgets everything under these key prefixes. */
  forget(prefixes: readonly string[]): void {
    // there may be thousands of either
    const wanted = new Set(prefixes)
    const lengths = [...new Set(prefixes.map(({ length }) => length))]
    for (const key of this.#entries.keys()) {
      if (lengths.some(length => wanted.has(key.slice(0, length)))) this.#entries.delete(key)
    }
  }

  /** For metrics. */
  get load(): { count: number; bytes: number } {
    return { count: this.#entries.size, bytes: this.#entries.calculatedSize }
  }
}
