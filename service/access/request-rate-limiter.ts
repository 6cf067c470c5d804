import { createLru } from '../cache/lru.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { UserLimits } from '../metadata/user-limits.ts'

interface Bucket {
  tokens: number
  /** On the clock of `performance`, in milliseconds. */
  filledAt: number
}

/**
 * Enforces `requestsPerSecond` in this process with one token bucket per limited user: it holds the tokens of one
 * second and refills continuously.
 */
export class RequestRateLimiter {
  readonly #buckets = createLru<Bucket>(10_000)

  /** Takes a token for a request; false when there is none. */
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

  /** Takes a token for a request. @throws DarkroomError `too-many-requests` */
  take(userId: string, limits: UserLimits | null): void {
    const max = limits?.requestsPerSecond
    if (max === undefined || this.tryTake(userId, max)) return
    const detail = `requestsPerSecond: at most ${max}`
    throw new DarkroomError('too-many-requests', detail, { retryAfterMs: 1_000 / max })
  }
}
