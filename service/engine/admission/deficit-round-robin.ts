import { DrainPace } from './drain-pace.ts'

/** A request that waits for a slot. */
export interface QueuedRequest {
  readonly tenant: string
  /** Estimated CPU milliseconds. */
  readonly costMs: number
  /** Estimated bytes that its work takes. */
  readonly bytes: number | undefined
  /** When it began to wait, on the clock of `performance.now()`. */
  readonly at: number
  /** Gives it a slot. */
  readonly admit: () => void
  /** Removes it from its queue and fails it with this reason. */
  readonly reject: (reason: unknown) => void
}

interface TenantQueue {
  readonly waiting: QueuedRequest[]
  /** Milliseconds of work that the tenant may still start in this round. Below 0 it has used more than its share. */
  deficit: number
  /** Estimated CPU milliseconds of its waiting requests. */
  waitingMs: number
  readonly pace: DrainPace
}

const createQueue = (): TenantQueue => ({
  waiting: [],
  deficit: quantumMs,
  waitingMs: 0,
  pace: new DrainPace(),
})

/** Milliseconds of work that a tenant gains per round: about one ordinary render. */
const quantumMs = 20
/** Milliseconds of work that are assumed to have been admitted at first: about five ordinary renders. */
const assumedMs = 100

/**
 * One queue per tenant, served by deficit round robin (Shreedhar and Varghese, 1995) with estimated milliseconds as
 * packet length. A tenant that was not waiting gets its first quantum before the round goes on (as in RFC 8290, section
 * 4.2), so a tenant that requests one image only waits for running work, not for a thousand requests of another tenant.
 */
export class DeficitRoundRobin {
  /** Tenants that started to wait and have not used their first quantum. */
  readonly #newcomers = new Map<string, TenantQueue>()
  /**
   * All other tenants, the next first. An empty queue stays until its turn, so waiting never makes a tenant new again.
   */
  readonly #round = new Map<string, TenantQueue>()
  readonly #pace: DrainPace
  #size = 0
  #waitingMs = 0

  /** @param slots the number of requests that run at the same time */
  constructor(slots: number) {
    this.#pace = new DrainPace({ costMs: assumedMs, passedMs: assumedMs / slots })
  }

  /** Number of waiting requests. */
  get size(): number {
    return this.#size
  }

  /** When the request that waits for the longest time began to wait. */
  get oldestAt(): number | undefined {
    let oldest: number | undefined
    for (const { waiting } of [...this.#newcomers.values(), ...this.#round.values()]) {
      const at = waiting[0]?.at
      if (at !== undefined && (oldest === undefined || at < oldest)) oldest = at
    }
    return oldest
  }

  /** The expected milliseconds until all waiting requests are admitted. */
  get drainMs(): number {
    return this.#pace.forecast(this.#waitingMs, this.#meanMs)
  }

  /**
   * The expected milliseconds until another request of a tenant would be admitted: the longer of two forecasts. One
   * uses the pace at which the requests of all tenants are admitted. The other uses the pace of the tenant's own
   * requests, which is slower when many requests of other tenants come in between.
   */
  expectedWaitMs(tenant: string, costMs: number): number {
    const own = this.#queueOf(tenant)
    const allMs = this.#pace.forecast(this.#workBefore(tenant, own?.waitingMs ?? 0, costMs), this.#meanMs)
    if (!own?.pace.isKnown) return allMs
    return Math.max(allMs, own.pace.forecast(own.waitingMs, own.waiting[0]?.costMs))
  }

  /** Number of waiting requests of a tenant. */
  sizeOf(tenant: string): number {
    return this.#queueOf(tenant)?.waiting.length ?? 0
  }

  enqueue(request: QueuedRequest): void {
    const known = this.#queueOf(request.tenant)
    const queue = known ?? createQueue()
    if (known === undefined) this.#newcomers.set(request.tenant, queue)
    if (queue.waiting.length === 0) queue.pace.begin()
    if (this.#size === 0) this.#pace.begin()
    queue.waiting.push(request)
    queue.waitingMs += request.costMs
    this.#size++
    this.#waitingMs += request.costMs
  }

  /** Removes a request that gave up. */
  remove(request: QueuedRequest): void {
    const queue = this.#queueOf(request.tenant)
    if (queue === undefined) return
    queue.waiting.splice(queue.waiting.indexOf(request), 1)
    this.#subtract(request, queue)
  }

  /** Counts work against a tenant that got a slot without waiting while other tenants wait. */
  charge(tenant: string, costMs: number): void {
    if (this.#size === 0) return
    const queue = this.#queueOf(tenant) ?? createQueue()
    queue.deficit -= costMs
    this.#moveToEnd(tenant, queue)
  }

  /** Takes the next request. @param mayStart whether a tenant may start work now; the others are skipped */
  dequeue(mayStart: (tenant: string) => boolean): QueuedRequest | undefined {
    for (let turn = this.#nextTurn(mayStart); turn !== undefined; turn = this.#nextTurn(mayStart)) {
      const [tenant, queue] = turn
      const next = queue.waiting[0]
      if (next === undefined) this.#endTurn(tenant, queue)
      else if (queue.deficit <= 0) {
        queue.deficit += quantumMs
        this.#moveToEnd(tenant, queue)
      } else {
        queue.deficit -= next.costMs
        queue.waiting.shift()
        for (const pace of [this.#pace, queue.pace]) pace.record(next.costMs)
        this.#subtract(next, queue)
        return next
      }
    }
    return undefined
  }

  /** The last request of the longest queue, if the tenant's queue would still be shorter with one more request. */
  evictableFor(tenant: string): QueuedRequest | undefined {
    const own = this.sizeOf(tenant)
    let longest: readonly QueuedRequest[] = []
    for (const { waiting } of [...this.#newcomers.values(), ...this.#round.values()]) {
      if (waiting.length > longest.length) longest = waiting
    }
    return longest.length > own + 1 ? longest.at(-1) : undefined
  }

  #queueOf(tenant: string): TenantQueue | undefined {
    return this.#newcomers.get(tenant) ?? this.#round.get(tenant)
  }

  #subtract({ costMs }: QueuedRequest, queue: TenantQueue): void {
    queue.waitingMs -= costMs
    this.#size--
    this.#waitingMs -= costMs
    if (this.#size > 0) return
    // no tenant waits, so the deficits have no meaning any more
    this.#newcomers.clear()
    this.#round.clear()
  }

  /** The next queue among those that may start work, or that are empty. */
  #nextTurn(
    mayStart: (tenant: string) => boolean,
  ): readonly [tenant: string, queue: TenantQueue] | undefined {
    for (const turns of [this.#newcomers, this.#round]) {
      for (const turn of turns) if (turn[1].waiting.length === 0 || mayStart(turn[0])) return turn
    }
    return undefined
  }

  /**
   * Estimated CPU milliseconds of the waiting requests that will be admitted before another one of a tenant: all of its
   * own, and as much of each other tenant. Requests that arrive later are not counted.
   */
  #workBefore(tenant: string, ownMs: number, costMs: number): number {
    let before = ownMs
    for (const queues of [this.#newcomers, this.#round]) {
      for (const [name, { waitingMs }] of queues)
        if (name !== tenant) before += Math.min(waitingMs, ownMs + costMs)
    }
    return before
  }

  /** The mean estimate of the waiting requests. */
  get #meanMs(): number | undefined {
    return this.#size > 0 ? this.#waitingMs / this.#size : undefined
  }

  /** Ends the turn of an empty queue: a newcomer joins the round, any other is dropped. */
  #endTurn(tenant: string, queue: TenantQueue): void {
    if (this.#newcomers.has(tenant)) this.#moveToEnd(tenant, queue)
    else this.#round.delete(tenant)
  }

  #moveToEnd(tenant: string, queue: TenantQueue): void {
    this.#newcomers.delete(tenant)
    this.#round.delete(tenant)
    this.#round.set(tenant, queue)
  }
}
