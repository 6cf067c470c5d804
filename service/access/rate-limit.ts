import type { LRUCache } from 'lru-cache'
import { createLru } from '../cache/lru.ts'
import { DarkroomError } from '../errors/catalogue.ts'

/** A fixed-window rate limit for each user, counted in this process only. */
export class RateLimit {
  readonly #max: number
  readonly #windowMs: number
  readonly #windows: LRUCache<string, { count: number; until: number }>

  constructor({ max, windowMs }: { max: number; windowMs: number }) {
    this.#max = max
    this.#windowMs = windowMs
    this.#windows = createLru(10_000)
  }

  /**
   * Counts a call, which must leave `reserved` calls of the window to others.
   * @throws DarkroomError `too-many-requests`, whose detail begins with `message`
   */
  take(userId: string, message: string, reserved = 0): void {
    const retryAfterMs = this.#count(userId, reserved)
    if (retryAfterMs === undefined) return
    const detail = `${message}: at most ${this.#max} in ${this.#windowMs / 1000} s`
    throw new DarkroomError('too-many-requests', detail, { retryAfterMs })
  }

  /** Counts a call; false when the limit is reached. */
  tryTake(userId: string): boolean {
    return this.#count(userId) === undefined
  }

  /** Counts a call, or returns in how many milliseconds the next one is allowed. */
  #count(userId: string, reserved = 0): number | undefined {
    // not the time of day, which may be stepped
    const now = performance.now()
    const current = this.#windows.get(userId)
    const window = current && current.until > now ? current : { count: 0, until: now + this.#windowMs }
    if (window.count >= this.#max - reserved) return Math.ceil(window.until - now)
    window.count++
    this.#windows.set(userId, window)
    return undefined
  }
}
