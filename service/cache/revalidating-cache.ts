import { setTimeout } from 'node:timers/promises'
import type { LRUCache } from 'lru-cache'
import { DarkroomError } from '../errors/catalogue.ts'
import { type Changes, noChanges, type Reading } from './change-log.ts'
import { coveredMs, revalidateAfterMs as defaultRevalidateAfterMs } from './freshness.ts'
import { createLru } from './lru.ts'

interface Entry<T> extends Reading {
  readonly value: T | undefined
  /** When its load began, on the clock of `performance.now()`. */
  readonly readAt: number
}

interface Load<T> extends Reading {
  readonly result: Promise<T | undefined>
}

/** How a cache learns of changes. */
export interface Watching<T> {
  readonly changes: Changes
  /** The keys of the rows that the value of `key` is made of, as in `ChangeLog`. */
  readonly keysOf: (key: string) => readonly string[]
  /** Whether the database notifies of every further change of the value; default: of every value. */
  readonly isWatched?: (value: T) => boolean
}

export interface RevalidatingCacheOptions<T> {
  /** The most values that are cached. */
  readonly max: number
  /** How long a value is served before it is loaded again, in milliseconds; default that of `freshness.ts`. */
  readonly revalidateAfterMs?: number
  readonly load: (key: string) => Promise<T | undefined>
  /** With it, a value is served for a minute, unless it changes or notices of changes are lost. */
  readonly watching?: Watching<T>
}

/** A value that is read after this share of its time is revalidated in the background. */
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
 * to an hour; without one, or if it is known to have changed, `get` throws `unavailable`. A missing row is never
 * served for longer than `revalidateAfterMs`, because new rows cause no notice.
 */
export class RevalidatingCache<T extends object> {
  readonly #entries: LRUCache<string, Entry<T>>
  /** Missing rows have a cache of their own, so that requests for unknown keys evict no value. */
  readonly #missing = createLru<Entry<T>>(1_000)
  readonly #loading = new Map<string, Load<T>>()
  readonly #load: (key: string) => Promise<T | undefined>
  readonly #revalidateAfterMs: number
  readonly #changes: Changes
  readonly #keysOf: Watching<T>['keysOf']
  readonly #isWatched: NonNullable<Watching<T>['isWatched']>
  #pausedUntil = 0

  constructor({
    max,
    revalidateAfterMs = defaultRevalidateAfterMs,
    load,
    watching = { changes: noChanges, keysOf: () => [] },
  }: RevalidatingCacheOptions<T>) {
    this.#entries = createLru(max)
    this.#changes = watching.changes
    this.#keysOf = watching.keysOf
    this.#isWatched = watching.isWatched ?? (() => true)
    this.#revalidateAfterMs = revalidateAfterMs
    this.#load = load
  }

  /** The value, or undefined when there is none. @throws DarkroomError `unavailable` */
  async get(key: string): Promise<T | undefined> {
    const entry = this.#find(key)
    if (entry === undefined) return this.#loadOnce(key)
    const now = performance.now()
    const age = now - entry.readAt
    const lifetime = this.#lifetimeOf(entry, now)
    if (age < lifetime) {
      if (age > lifetime * backgroundShare) this.#revalidateInBackground(key, entry)
      return this.#use(entry)
    }
    if (age > staleMs) return this.#loadOnce(key)
    if (now < this.#pausedUntil) return this.#use(entry)
    return this.#loadOrServeStale(key, entry)
  }

  /**
   * Loads the value now; serves the cached one while the database does not answer.
   * @throws DarkroomError `unavailable`
   */
  async revalidate(key: string): Promise<T | undefined> {
    const entry = this.#find(key)
    if (entry && performance.now() < this.#pausedUntil) return this.#use(entry)
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

  /** The cached value, unless it is known to have changed. */
  #find(key: string): Entry<T> | undefined {
    const entry = this.#entries.get(key) ?? this.#missing.get(key)
    return entry && this.#changes.hasChanged(entry) ? undefined : entry
  }

  #use({ value, position }: Entry<T>): T | undefined {
    this.#changes.countRead(position)
    return value
  }

  /** How long after its load a value is fresh, in milliseconds. */
  #lifetimeOf({ value, position }: Entry<T>, now: number): number {
    // asked for every value, because the answer also keeps the notices coming
    const isCovered = this.#changes.isCovered(position, now)
    return isCovered && value !== undefined && this.#isWatched(value) ? coveredMs : this.#revalidateAfterMs
  }

  /** Ignores a failure: the first `get` after the value has become stale loads it again. */
  #revalidateInBackground(key: string, { value }: Entry<T>): void {
    // requests for missing rows may be guesses, so they are not revalidated in the background
    if (value === undefined || performance.now() < this.#pausedUntil) return
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
      this.#pausedUntil = performance.now() + pauseMs
      return this.#use(entry)
    } finally {
      settled.abort()
    }
  }

  #set(key: string, entry: Entry<T>): void {
    const [cache, other] =
      entry.value === undefined ? [this.#missing, this.#entries] : [this.#entries, this.#missing]
    cache.set(key, entry)
    other.delete(key)
  }

  /** Loads the value, or waits for a load that runs, unless the value has changed since that began. */
  #loadOnce(key: string): Promise<T | undefined> {
    const running = this.#loading.get(key)
    if (running && !this.#changes.hasChanged(running)) {
      this.#changes.countRead(running.position)
      return running.result
    }
    const readAt = performance.now()
    const { position } = this.#changes
    const slots = this.#keysOf(key).map(each => this.#changes.slotOf(each))
    const result: Promise<T | undefined> = this.#load(key).then(value => {
      if (this.#loading.get(key) === load) this.#set(key, { value, readAt, position, slots })
      return value
    })
    const load: Load<T> = { result, position, slots }
    this.#loading.set(key, load)
    const done = () => {
      if (this.#loading.get(key) === load) this.#loading.delete(key)
    }
    result.then(done, done)
    return result
  }
}
