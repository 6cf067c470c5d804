import { setTimeout } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { DarkroomError } from '../errors/catalogue.ts'

interface Entry<T> {
  readonly value: T | undefined
  readonly readAt: number
}

export interface RevalidatingCacheOptions<T> {
  /** How many values are kept. */
  readonly max: number
  /** For how long a value counts as true without asking again, in milliseconds. */
  readonly revalidateAfterMs: number
  readonly load: (key: string) => Promise<T | undefined>
}

/** From which part of its time on a value is asked for again when it is used. */
const aheadShare = 0.7
/** How long a value may still be served while its origin does not answer. */
const staleMs = 3_600_000
/** How long a request waits for the origin when it has a stale value to fall back on, in milliseconds. */
const patienceMs = 500
/** After a failure the origin is left alone for this long, so that requests do not queue up behind its time-outs. */
const pauseMs = 1_000

/**
 * Values of the database that every request needs: true for a moment, then asked for again, by one question at a
 * time; what is much in use a little earlier, so that nobody waits for it. While the database is away the last known
 * value goes on; a value never seen is `unavailable`.
 */
export class RevalidatingCache<T extends object> {
  readonly #entries: LRUCache<string, Entry<T>>
  /** What is not there is kept apart, so that asking for what never was pushes nothing out. */
  readonly #absent = new LRUCache<string, Entry<T>>({ max: 1_000 })
  readonly #loading = new Map<string, Promise<T | undefined>>()
  readonly #options: RevalidatingCacheOptions<T>
  #pausedUntil = 0

  constructor(options: RevalidatingCacheOptions<T>) {
    this.#options = options
    this.#entries = new LRUCache({ max: options.max })
  }

  /** The value, or undefined when there is none. @throws DarkroomError `unavailable` */
  async get(key: string): Promise<T | undefined> {
    const entry = this.#entries.get(key) ?? this.#absent.get(key)
    if (entry === undefined) return this.#load(key)
    const { revalidateAfterMs: freshMs } = this.#options
    const now = Date.now()
    const age = now - entry.readAt
    if (age < freshMs) {
      if (age > freshMs * aheadShare) this.#renewAhead(key, entry)
      return entry.value
    }
    if (age > staleMs) return this.#load(key)
    if (now < this.#pausedUntil) return entry.value
    return this.#refresh(key, entry)
  }

  /** The value as it is now, or as it was known last while its origin does not answer. @throws DarkroomError `unavailable` */
  async revalidate(key: string): Promise<T | undefined> {
    const entry = this.#entries.get(key) ?? this.#absent.get(key)
    if (entry && Date.now() < this.#pausedUntil) return entry.value
    // a question under way may have been asked before what has changed
    this.#loading.delete(key)
    return entry ? this.#refresh(key, entry) : this.#load(key)
  }

  /** Nobody waits for it, and nobody hears how it fails: whoever comes when the value is not true any more asks again. */
  #renewAhead(key: string, { value }: Entry<T>): void {
    // who asks for what is not there may be somebody who guesses
    if (value === undefined || Date.now() < this.#pausedUntil) return
    this.#load(key).catch(() => {})
  }

  async #refresh(key: string, entry: Entry<T>): Promise<T | undefined> {
    const impatience = new AbortController()
    try {
      const late = setTimeout(patienceMs, undefined, { signal: impatience.signal }).then(() => {
        throw new DarkroomError('unavailable', 'the database answers too slowly')
      })
      return await Promise.race([this.#load(key), late])
    } catch (error) {
      if (!(error instanceof DarkroomError) || error.code !== 'unavailable') throw error
      this.#pausedUntil = Date.now() + pauseMs
      return entry.value
    } finally {
      impatience.abort()
    }
  }

  /** The next question goes to the database, and one under way is not believed any more. */
  invalidate(key: string): void {
    this.#entries.delete(key)
    this.#absent.delete(key)
    this.#loading.delete(key)
  }

  #keep(key: string, value: T | undefined): void {
    const [kept, other] = value === undefined ? [this.#absent, this.#entries] : [this.#entries, this.#absent]
    kept.set(key, { value, readAt: Date.now() })
    other.delete(key)
  }

  #load(key: string): Promise<T | undefined> {
    const running = this.#loading.get(key)
    if (running) return running
    const loading: Promise<T | undefined> = this.#options.load(key).then(value => {
      if (this.#loading.get(key) === loading) this.#keep(key, value)
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
