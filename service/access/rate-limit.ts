import { LRUCache } from 'lru-cache'
import { DarkroomError } from '../errors/catalogue.ts'

/** So many of something, of each user in each stretch of time, as far as this process sees. */
export class RateLimit {
  readonly #most: number
  readonly #withinMs: number
  readonly #taken: LRUCache<string, { count: number; until: number }>

  constructor({ most, withinMs }: { most: number; withinMs: number }) {
    this.#most = most
    this.#withinMs = withinMs
    this.#taken = new LRUCache({ max: 10_000 })
  }

  /** Takes one. @throws DarkroomError `too-many-requests`, in these words */
  take(userId: string, what: string): void {
    const retryAfterMs = this.#wait(userId)
    if (retryAfterMs === undefined) return
    const detail = `${what}: at most ${this.#most} in ${this.#withinMs / 1000} s`
    throw new DarkroomError('too-many-requests', detail, { retryAfterMs })
  }

  /** Takes one, if there is one left. */
  tryTake(userId: string): boolean {
    return this.#wait(userId) === undefined
  }

  /** Takes one, or says in how many milliseconds there will be one. */
  #wait(userId: string): number | undefined {
    const now = Date.now()
    const known = this.#taken.get(userId)
    const taken = known && known.until > now ? known : { count: 0, until: now + this.#withinMs }
    if (taken.count >= this.#most) return taken.until - now
    taken.count++
    this.#taken.set(userId, taken)
    return undefined
  }
}
