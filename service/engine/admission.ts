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

interface Waiting {
  readonly ticket: Ticket
  readonly admit: () => void
  /** Gives the place up, for this reason. */
  readonly leave: (reason: unknown) => void
}

interface Lane {
  readonly waiting: Waiting[]
  /** Milliseconds of work that this tenant may still spend in the present round. */
  credit: number
}

/** A client that was refused may come back after at most so many milliseconds. */
const maxRetryMs = 10_000
/** Milliseconds of work that a tenant gains each round: about one ordinary development. */
const quantumMs = 50

/**
 * Slots for CPU work. Waiting work is admitted by deficit round robin over tenants (Shreedhar and Varghese, 1995)
 * with estimated milliseconds as packet length, so a tenant with a thousand cold images delays another by about one
 * piece of work. At most `queueLimit` wait; beyond that, the tenant with most of the queue is told `overloaded`.
 */
export class Admission {
  readonly #lanes = new Map<string, Lane>()
  readonly #slots: number
  readonly #queueLimit: number
  #running = 0
  #waiting = 0
  #waitingMs = 0

  constructor({ slots, queueLimit }: { slots: number; queueLimit: number }) {
    this.#slots = slots
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
    if (this.#running < this.#slots) this.#running++
    else await this.#wait(ticket)
    try {
      return await work()
    } finally {
      this.#running--
      this.#admitNext()
    }
  }

  #wait(ticket: Ticket): Promise<void> {
    const lane = this.#lanes.get(ticket.tenant) ?? { waiting: [], credit: 0 }
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
      this.#lanes.set(ticket.tenant, lane)
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
  }

  /** The tenant in front spends its credit; then it gains its quantum and goes to the end of the round. */
  #admitNext(): void {
    while (this.#running < this.#slots) {
      const [front] = this.#lanes
      if (front === undefined) return
      const [tenant, lane] = front
      const next = lane.waiting[0]
      if (next !== undefined && lane.credit >= next.ticket.costMs) {
        lane.credit -= next.ticket.costMs
        lane.waiting.shift()
        this.#left(next, lane)
        this.#running++
        next.admit()
      } else {
        lane.credit += quantumMs
        this.#lanes.delete(tenant)
        this.#lanes.set(tenant, lane)
      }
    }
  }
}
