import { LRUCache } from 'lru-cache'
import { DarkroomError } from '../errors/catalogue.ts'
import type { UserLimits } from '../metadata/user-limits.ts'

interface Bucket {
  tokens: number
  /** On the clock of `performance`, in milliseconds. */
  filledAt: number
}

/**
 * Requests a second of those users for whom they are limited, as far as this process sees: a bucket each, which holds what
 * one second may have and fills all the time.
 */
export class RequestRateLimiter {
  readonly #buckets = new LRUCache<string, Bucket>({ max: 10_000 })

  /** Whether a request may be answered now: then it is counted. */
  tryTake(userId: string, perSecond: number): boolean {
    const now = performance.now()
    const bucket = this.#buckets.get(userId)
    if (bucket === undefined) {
      this.#buckets.set(userId, { tokens: perSecond - 1, filledAt: now })
      return true
    }
    bucket.tokens = Math.min(perSecond, bucket.tokens + ((now - bucket.filledAt) * perSecond) / 1000)
    bucket.filledAt = now
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  /** Counts a request. @throws DarkroomError `too-many-requests` */
  take(userId: string, limits: UserLimits | null): void {
    const most = limits?.requestsPerSecond
    if (most === undefined || this.tryTake(userId, most)) return
    const detail = `requestsPerSecond: at most ${most}`
    throw new DarkroomError('too-many-requests', detail, { retryAfterMs: 1_000 / most })
  }
}
