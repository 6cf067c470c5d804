import type { Derivative } from '../cache/memory-tier.ts'

/** A process that asks for claims. */
export interface Claimant {
  /** The derivative that this process has rendered under its claim; undefined when it has given the claim up. */
  give(key: string): Promise<Derivative | undefined>
}

interface Waiter {
  readonly claimant: Claimant
  readonly resolve: (result: 'granted' | Derivative) => void
}

interface Entry {
  readonly claimant: Claimant
  isRendered: boolean
  waiters: Waiter[]
}

/**
 * Which process renders which derivative. It is in the supervisor, the one process that sees its children die: a claim
 * needs neither a lease, which would have to end first, nor a call of the database.
 */
export class ClaimTable {
  readonly #entries = new Map<string, Entry>()
  readonly #departed = new WeakSet<Claimant>()

  /** The number of claims. */
  get size(): number {
    return this.#entries.size
  }

  /** Resolves with `granted` when the process may render, or with what another process has rendered. */
  claim(key: string, claimant: Claimant): Promise<'granted' | Derivative> {
    return new Promise(resolve => this.#add(key, { claimant, resolve }))
  }

  /** The holder has rendered the derivative and keeps it until it releases the claim. */
  rendered(key: string, claimant: Claimant): void {
    const entry = this.#entries.get(key)
    if (entry?.claimant !== claimant) return
    entry.isRendered = true
    void this.#serve(key, entry)
  }

  /** Ends a claim: the derivative is stored, or its render has failed. */
  release(key: string, claimant: Claimant): void {
    const entry = this.#entries.get(key)
    if (entry?.claimant === claimant) this.#passOn(key, entry)
  }

  /** Ends all claims of a process that has ended. */
  leave(claimant: Claimant): void {
    this.#departed.add(claimant)
    for (const [key, entry] of [...this.#entries]) {
      entry.waiters = entry.waiters.filter(waiter => waiter.claimant !== claimant)
      if (entry.claimant === claimant) this.#passOn(key, entry)
    }
  }

  #add(key: string, waiter: Waiter): void {
    if (this.#departed.has(waiter.claimant)) return
    const entry = this.#entries.get(key)
    if (entry) {
      entry.waiters.push(waiter)
      if (entry.isRendered) void this.#serve(key, entry)
    } else {
      this.#entries.set(key, { claimant: waiter.claimant, isRendered: false, waiters: [] })
      waiter.resolve('granted')
    }
  }

  /** Fetches the derivative once for all that wait. */
  async #serve(key: string, entry: Entry): Promise<void> {
    const waiters = entry.waiters
    if (waiters.length === 0) return
    entry.waiters = []
    const derivative = await entry.claimant.give(key).catch(() => undefined)
    if (derivative) for (const { resolve } of waiters) resolve(derivative)
    // its holder is about to release it: then one of these gets the claim
    else if (this.#entries.get(key) === entry) entry.waiters.push(...waiters)
    else for (const waiter of waiters) this.#add(key, waiter)
  }

  #passOn(key: string, { waiters }: Entry): void {
    this.#entries.delete(key)
    for (const waiter of waiters) this.#add(key, waiter)
  }
}
