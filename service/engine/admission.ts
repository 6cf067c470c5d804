import { DarkroomError } from '../errors/catalogue.ts'

/** A piece of work that asks for a slot. */
export interface Ticket {
  /** Whose work it is: tenants share the slots fairly. */
  readonly tenant: string
  /** Estimated CPU milliseconds. */
  readonly costMs: number
  /** Gives the place in the queue up; work that has begun is not interrupted. */
  readonly signal?: AbortSignal
}

export interface AdmissionOptions {
  readonly slots: number
  /** How many of them a tenant leaves to others while there are others; it has one at least. */
  readonly kept?: number
  /** How long there are others after one of them has asked for something, in milliseconds. */
  readonly keptMs?: number
  readonly queueLimit: number
}

interface Waiting {
  readonly ticket: Ticket
  readonly admit: () => void
  /** Gives the place up, for this reason. */
  readonly leave: (reason: unknown) => void
}

interface Lane {
  readonly waiting: Waiting[]
  /** The virtual time at which its first one is due. */
  due: number
}

/** Somebody who asked, and when. */
interface Seen {
  readonly tenant: string
  readonly at: number
}

/** Longer than somebody who looks at pages takes from one image to the next. */
const defaultKeptMs = 1_000
/** A client that was refused may come back after at most so many milliseconds. */
const maxRetryMs = 10_000
/** Of so many tenants it is known until when they have spent their share; who is forgotten counts as new. */
const maxSpenders = 1_000

/**
 * Slots for CPU work. Waiting work is admitted by start-time fair queueing over tenants (Goyal, Vin and Cheng, 1996) with
 * estimated milliseconds as packet length: each has a virtual time until which it has had its share, and who is the
 * furthest behind is next. So one who asks for a single image comes before all but the running work of one who asks for
 * a thousand; and where slots are kept, he does not even wait for that, nor share his core with it. At most `queueLimit` wait; beyond that, the tenant with most of the queue is told `overloaded`.
 */
export class Admission {
  readonly #lanes = new Map<string, Lane>()
  /** By tenant, the virtual time until which it has had its share. */
  readonly #spent = new Map<string, number>()
  /** How much of each tenant runs. */
  readonly #active = new Map<string, number>()
  readonly #slots: number
  readonly #kept: number
  readonly #keptMs: number
  readonly #queueLimit: number
  /** When the work was due that was admitted last. */
  #now = 0
  /** Who asked last, and who was the last before that was somebody else. */
  #last: Seen | undefined
  #other: Seen | undefined
  #running = 0
  #waiting = 0
  #waitingMs = 0

  constructor({ slots, kept = 0, keptMs = defaultKeptMs, queueLimit }: AdmissionOptions) {
    this.#slots = slots
    this.#kept = kept
    this.#keptMs = keptMs
    this.#queueLimit = queueLimit
  }

  /** How much runs and waits now, for metrics. */
  get load(): { running: number; waiting: number } {
    return { running: this.#running, waiting: this.#waiting }
  }

  /**
   * Runs the work when its turn comes.
   * @throws DarkroomError `overloaded` when the queue is full, or later when it is and others have fewer waiting; the signal's reason when it is given up
   */
  async run<T>(ticket: Ticket, work: () => Promise<T>): Promise<T> {
    ticket.signal?.throwIfAborted()
    this.#see(ticket.tenant)
    // slots may be kept for nobody any more
    this.#admitNext()
    if (this.#hasSlotFor(ticket.tenant)) this.#begin(ticket)
    else await this.#wait(ticket)
    try {
      return await work()
    } finally {
      this.#end(ticket.tenant)
      this.#admitNext()
    }
  }

  #see(tenant: string): void {
    if (this.#last !== undefined && this.#last.tenant !== tenant) this.#other = this.#last
    this.#last = { tenant, at: performance.now() }
  }

  #hasSlotFor(tenant: string): boolean {
    return this.#running < this.#slots && !this.#lanes.has(tenant) && this.#mayBegin(tenant)
  }

  /** Whether a slot that is free is not kept for others. */
  #mayBegin(tenant: string): boolean {
    const active = this.#active.get(tenant) ?? 0
    if (active < Math.max(1, this.#slots - this.#kept)) return true
    const somebody = this.#last?.tenant === tenant ? this.#other : this.#last
    return somebody === undefined || performance.now() - somebody.at > this.#keptMs
  }

  #begin({ tenant, costMs }: Ticket): void {
    this.#running++
    // what begins at once while others wait counts, too
    if (this.#waiting > 0) this.#spend(tenant, Math.max(this.#now, this.#spent.get(tenant) ?? 0) + costMs)
    this.#active.set(tenant, (this.#active.get(tenant) ?? 0) + 1)
  }

  #end(tenant: string): void {
    this.#running--
    const left = (this.#active.get(tenant) ?? 0) - 1
    if (left > 0) this.#active.set(tenant, left)
    else this.#active.delete(tenant)
  }

  #wait(ticket: Ticket): Promise<void> {
    const { tenant } = ticket
    const due = Math.max(this.#now, this.#spent.get(tenant) ?? 0)
    const lane = this.#lanes.get(tenant) ?? { waiting: [], due }
    if (this.#waiting >= this.#queueLimit && !this.#makeRoom(lane)) throw this.#overloaded()
    return new Promise((resolve, reject) => {
      const leave = (reason: unknown) => {
        ticket.signal?.removeEventListener('abort', giveUp)
        lane.waiting.splice(lane.waiting.indexOf(place), 1)
        this.#left(place, lane)
        reject(reason)
      }
      const giveUp = () => leave(ticket.signal?.reason)
      const admit = () => {
        ticket.signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const place: Waiting = { ticket, admit, leave }
      this.#lanes.set(tenant, lane)
      lane.waiting.push(place)
      this.#waiting++
      this.#waitingMs += ticket.costMs
      ticket.signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** A full queue gives the last place of its longest lane to a tenant who has fewer waiting. */
  #makeRoom(newcomer: Lane): boolean {
    let longest = newcomer
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.length > longest.waiting.length) longest = lane
    }
    const last = longest.waiting.at(-1)
    if (last === undefined || longest.waiting.length <= newcomer.waiting.length + 1) return false
    last.leave(this.#overloaded())
    return true
  }

  #overloaded(): DarkroomError {
    const retryAfterMs = Math.min(maxRetryMs, Math.ceil(this.#waitingMs / this.#slots))
    return new DarkroomError('overloaded', 'too many images are waiting to be developed', { retryAfterMs })
  }

  #left({ ticket }: Waiting, lane: Lane): void {
    this.#waiting--
    this.#waitingMs -= ticket.costMs
    if (lane.waiting.length === 0) this.#lanes.delete(ticket.tenant)
    if (this.#waiting > 0) return
    // whoever could be harmed by what others have had is served
    this.#spent.clear()
    this.#now = 0
  }

  #admitNext(): void {
    while (this.#running < this.#slots) {
      const lane = this.#nextLane()
      const next = lane?.waiting.shift()
      if (lane === undefined || next === undefined) return
      this.#now = lane.due
      lane.due += next.ticket.costMs
      this.#left(next, lane)
      this.#begin(next.ticket)
      next.admit()
    }
  }

  /** Whose work is due first, of those who may begin some; among equals who has waited longest. */
  #nextLane(): Lane | undefined {
    let first: Lane | undefined
    for (const [tenant, lane] of this.#lanes)
      if ((first === undefined || lane.due < first.due) && this.#mayBegin(tenant)) first = lane
    return first
  }

  #spend(tenant: string, until: number): void {
    this.#spent.delete(tenant)
    this.#spent.set(tenant, until)
    const [oldest] = this.#spent.keys()
    if (this.#spent.size > maxSpenders && oldest !== undefined) this.#spent.delete(oldest)
  }
}
