import { setTimeout } from 'node:timers/promises'
import type { LRUCache } from 'lru-cache'
import { DarkroomError } from '../errors/catalogue.ts'
import { revalidateAfterMs as defaultRevalidateAfterMs } from './freshness.ts'
import { createLru } from './lru.ts'

interface Entry<T> {
  readonly value: T | undefined
  readonly readAt: number
}

export interface RevalidatingCacheOptions<T> {
  /** The most values that are cached. */
  readonly max: number
  /** How long a value is served before it is loaded again, in milliseconds; default that of `freshness.ts`. */
  readonly revalidateAfterMs?: number
  readonly load: (key: string) => Promise<T | undefined>
}

/** A value that is read after this share of `revalidateAfterMs` is revalidated in the background. */
const backgroundShare = 0.7
/** How long a stale value may be served while the database does not answer, in milliseconds. */
const staleMs = 3_600_000
/** How long a request waits for the database when a stale value could answer it, in milliseconds. */
const loadTimeoutMs = 500
/** How long stale values are served without a query after a failure, in milliseconds, to avoid repeated timeouts. */
const pauseMs = 1_000

/**
 * Caches database rows that every request needs, with stale-while-revalidate: a value is served for
 * `revalidateAfterMs`, and one in use is revalidated in the background shortly before, so that no request waits for
 * the query. Loads of one key share one query. While the database does not answer, the last value is served for up
 * to an hour; without one, `get` throws `unavailable`.
 */
export class RevalidatingCache<T extends object> {
  readonly #entries: LRUCache<string, Entry<T>>
  /** Missing rows have a cache of their own, so that requests for unknown keys evict no value. */
  readonly #missing = createLru<Entry<T>>(1_000)
  readonly #loading = new Map<string, Promise<T | undefined>>()
  readonly #load: (key: string) => Promise<T | undefined>
  readonly #revalidateAfterMs: number
  #pausedUntil = 0

  constructor({ max, revalidateAfterMs = defaultRevalidateAfterMs, load }: RevalidatingCacheOptions<T>) {
    this.#entries = createLru(max)
    this.#revalidateAfterMs = revalidateAfterMs
    this.#load = load
  }

  /** The value, or undefined when there is none. @throws DarkroomError `unavailable` */
  async get(key: string): Promise<T | undefined> {
    const entry = this.#entries.get(key) ?? this.#missing.get(key)
    if (entry === undefined) return this.#loadOnce(key)
    const now = Date.now()
    const age = now - entry.readAt
    if (age < this.#revalidateAfterMs) {
      if (age > this.#revalidateAfterMs * backgroundShare) this.#revalidateInBackground(key, entry)
      return entry.value
    }
    if (age > staleMs) return this.#loadOnce(key)
    if (now < this.#pausedUntil) return entry.value
    return this.#loadOrServeStale(key, entry)
  }

  /**
   * Loads the value now; serves the cached one while the database does not answer.
   * @throws DarkroomError `unavailable`
   */
  async revalidate(key: string): Promise<T | undefined> {
    const entry = this.#entries.get(key) ?? this.#missing.get(key)
    if (entry && Date.now() < this.#pausedUntil) return entry.value
    // a query under way may have read the row before it changed
    this.#loading.delete(key)
    return entry ? this.#loadOrServeStale(key, entry) : this.#loadOnce(key)
  }

  /** Removes a value: the next `get` loads it, and the result of a query under way is not cached. */
  invalidate(key: string): void {
    this.#entries.delete(key)
    this.#missing.delete(key)
    this.#loading.delete(key)
  }

  /** Ignores a failure: the first `get` after the value has become stale loads it again. */
  #revalidateInBackground(key: string, { value }: Entry<T>): void {
    // requests for missing rows may be guesses, so they are not revalidated in the background
    if (value === undefined || Date.now() < this.#pausedUntil) return
    this.#loadOnce(key).catch(() => {})
  }

  async #loadOrServeStale(key: string, entry: Entry<T>): Promise<T | undefined> {
    const settled = new AbortController()
    try {
      const timeout = setTimeout(loadTimeoutMs, undefined, { signal: settled.signal }).then(() => {
        throw new DarkroomError('unavailable', 'the database answers too slowly')
      })
      return await Promise.race([this.#loadOnce(key), timeout])
    } catch (error) {
      if (!(error instanceof DarkroomError) || error.code !== 'unavailable') throw error
      this.#pausedUntil = Date.now() + pauseMs
      return entry.value
    } finally {
      settled.abort()
    }
  }

  #set(key: string, value: T | undefined): void {
    const [cache, other] =
      value === undefined ? [this.#missing, this.#entries] : [this.#entries, this.#missing]
    cache.set(key, { value, readAt: Date.now() })
    other.delete(key)
  }

  #loadOnce(key: string): Promise<T | undefined> {
    const running = this.#loading.get(key)
    if (running) return running
    const loading: Promise<T | undefined> = this.#load(key).then(value => {
      if (this.#loading.get(key) === loading) this.#set(key, value)
      return value
    })
    this.#loading.set(key, loading)
    const done = () => {
      if (this.#loading.get(key) === loading) this.#loading.delete(key)
    }
    loading.then(done, done)
    return loading
  }
}
