import { LRUCache } from 'lru-cache'
import Type from 'typebox'

/** The variables of this room. */
export const cacheConfig = Type.Object({
  DARKROOM_MEMORY_CACHE_MB: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 256,
    description: 'memory for cached derivatives, in MiB',
  }),
  DARKROOM_SOURCE_CACHE_MB: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 256,
    description:
      'memory for originals and their decoded smaller copies, which are kept for further renderings, in MiB',
  }),
})

/** `standin` is a derivative that was encoded fast for the first response, `final` the one that replaces it. */
export type Variant = 'final' | 'standin'

/** An encoded image as it is delivered. Immutable: a new version is a new object. */
export interface Derivative {
  /** The object key, which is also the cache key. */
  readonly key: string
  readonly data: Buffer
  readonly contentType: string
  /** A strong entity tag, computed from the bytes, including its quotes. */
  readonly etag: string
  readonly variant: Variant
  /** False if the database, which did not answer, may know better. Such a derivative is sent once and not kept. */
  readonly isConfirmed?: false
}

/** How long a stand-in is served from memory before the store is checked for its replacement, in milliseconds. */
export const standinMs = 10_000

/** The memory that a derivative takes: the key and the entry itself need some besides the image's bytes. */
export const memorySizeOf = (bytes: number, keyLength: number) => bytes + 2 * keyLength + 256

interface Entry {
  readonly derivative: Derivative
  /** When a stand-in has to be checked against the store, on the clock of `performance.now()`. */
  readonly freshUntil: number
}

/** Derivatives in memory, bounded by bytes; evicts the least recently used. */
export class MemoryTier {
  readonly #entries: LRUCache<string, Entry>
  #evictions = 0

  constructor({ maxBytes }: { maxBytes: number }) {
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ derivative: { data, key } }) => memorySizeOf(data.length, key.length),
      dispose: (_entry, _key, reason) => {
        if (reason === 'evict') this.#evictions++
      },
    })
  }

  /** The derivative, unless it is a stand-in that may have been replaced. */
  get(key: string): Derivative | undefined {
    const entry = this.#entries.get(key)
    return entry && (entry.derivative.variant === 'final' || performance.now() < entry.freshUntil)
      ? entry.derivative
      : undefined
  }

  /** The derivative, even a stand-in that may have been replaced: for when the store does not answer. */
  getStale(key: string): Derivative | undefined {
    return this.#entries.get(key)?.derivative
  }

  set(derivative: Derivative): void {
    this.#entries.set(derivative.key, { derivative, freshUntil: performance.now() + standinMs })
  }

  /** Marks the stand-in of this key as possibly replaced: the next request reads the store. */
  expireStandin(key: string): void {
    const derivative = this.#entries.peek(key)?.derivative
    if (derivative?.variant === 'standin') this.#entries.set(key, { derivative, freshUntil: 0 })
  }

  /** Evicts every derivative under these key prefixes. */
  evict(prefixes: readonly string[]): void {
    // there may be thousands of keys and of prefixes: one set lookup per key and prefix length
    const evicted = new Set(prefixes)
    const lengths = [...new Set(prefixes.map(({ length }) => length))]
    for (const key of this.#entries.keys()) {
      if (lengths.some(length => evicted.has(key.slice(0, length)))) this.#entries.delete(key)
    }
  }

  /** For metrics. */
  get stats(): { count: number; bytes: number; evictions: number } {
    return {
      ...{ count: this.#entries.size, bytes: this.#entries.calculatedSize },
      evictions: this.#evictions,
    }
  }
}
