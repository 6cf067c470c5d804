/** A request that waits for a slot. */
export interface QueuedRequest {
  readonly tenant: string
  /** Estimated CPU milliseconds. */
  readonly costMs: number
  /** Gives it a slot. */
  readonly admit: () => void
  /** Removes it from its queue and fails it with this reason. */
  readonly reject: (reason: unknown) => void
}

interface TenantQueue {
  readonly waiting: QueuedRequest[]
  /** Milliseconds of work that the tenant may still start in this round. Below 0 it has used more than its share. */
  deficit: number
}

/** Milliseconds of work that a tenant gains per round: about one ordinary render. */
const quantumMs = 20

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
  #size = 0
  #waitingMs = 0

  /** Number of waiting requests. */
  get size(): number {
    return this.#size
  }

  /** Estimated CPU milliseconds of all waiting requests. */
  get waitingMs(): number {
    return this.#waitingMs
  }

  /** Number of waiting requests of a tenant. */
  sizeOf(tenant: string): number {
    return this.#queueOf(tenant)?.waiting.length ?? 0
  }

  enqueue(request: QueuedRequest): void {
    const known = this.#queueOf(request.tenant)
    const queue = known ?? { waiting: [], deficit: quantumMs }
    if (known === undefined) this.#newcomers.set(request.tenant, queue)
    queue.waiting.push(request)
    this.#size++
    this.#waitingMs += request.costMs
  }

  /** Removes a request that gave up. */
  remove(request: QueuedRequest): void {
    const waiting = this.#queueOf(request.tenant)?.waiting ?? []
    waiting.splice(waiting.indexOf(request), 1)
    this.#subtract(request)
  }

  /** Counts work against a tenant that got a slot without waiting while other tenants wait. */
  charge(tenant: string, costMs: number): void {
    if (this.#size === 0) return
    const queue = this.#queueOf(tenant) ?? { waiting: [], deficit: quantumMs }
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
        this.#subtract(next)
        return next
      }
    }
    return undefined
  }

  /** The last request of the longest queue, if that is longer than the tenant's queue even with one more request. */
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

  #subtract({ costMs }: QueuedRequest): void {
    this.#size--
    this.#waitingMs -= costMs
    if (this.#size > 0) return
    // no tenant waits, so no tenant is owed anything
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
