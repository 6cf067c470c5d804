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

/** Whether a picture is as good as it gets, or the first answer of one that is dear to encode. */
export type Variant = 'final' | 'standin'

/** A picture as it is delivered. Never changed: a new version is a new object. */
export interface Derivative {
  /** The object key, which is also the cache key. */
  readonly key: string
  readonly data: Buffer
  readonly contentType: string
  /** Strong, of the bytes, with its quotes. */
  readonly etag: string
  readonly variant: Variant
}

/** How long a stand-in is answered from memory before the store is asked for what took its place, in milliseconds. */
const standinMs = 10_000

interface Entry {
  readonly derivative: Derivative
  /** Until it may have been replaced, on the clock of `performance.now()`. */
  readonly trustedUntil: number
}

/** Derivatives in memory, bounded by bytes; the least recently used goes first. */
export class MemoryTier {
  readonly #entries: LRUCache<string, Entry>

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      // what the entry holds beside the bytes of the picture
      sizeCalculation: ({ derivative: { data, key } }) => data.length + 2 * key.length + 256,
    })
  }

  /** A derivative, unless it is a stand-in that may have been replaced. */
  get(key: string): Derivative | undefined {
    const entry = this.#entries.get(key)
    return entry && (entry.derivative.variant === 'final' || performance.now() < entry.trustedUntil)
      ? entry.derivative
      : undefined
  }

  /** What there is, even if it may have been replaced: for when nobody can tell. */
  getStale(key: string): Derivative | undefined {
    return this.#entries.get(key)?.derivative
  }

  set(derivative: Derivative): void {
    this.#entries.set(derivative.key, { derivative, trustedUntil: performance.now() + standinMs })
  }

  /** A stand-in of this key has been replaced, as somebody says: the store is asked next. */
  expireStandin(key: string): void {
    const derivative = this.#entries.peek(key)?.derivative
    if (derivative?.variant === 'standin') this.#entries.set(key, { derivative, trustedUntil: 0 })
  }

  /** Forgets everything under these key prefixes. */
  evict(prefixes: readonly string[]): void {
    // there may be thousands of either
    const wanted = new Set(prefixes)
    const lengths = [...new Set(prefixes.map(({ length }) => length))]
    for (const key of this.#entries.keys()) {
      if (lengths.some(length => wanted.has(key.slice(0, length)))) this.#entries.delete(key)
    }
  }

  /** For metrics. */
  get stats(): { count: number; bytes: number } {
    return { count: this.#entries.size, bytes: this.#entries.calculatedSize }
  }
}
