import { DarkroomError } from '../../errors/catalogue.ts'

/** A piece of work that asks for a slot. */
export interface AdmissionRequest {
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
  readonly reservedSlots?: number
  /** How long there are others after one of them has asked for something, in milliseconds. */
  readonly reservationMs?: number
  readonly queueLimit: number
}

interface QueuedRequest {
  readonly request: AdmissionRequest
  readonly admit: () => void
  /** Gives the place up, for this reason. */
  readonly leave: (reason: unknown) => void
}

interface TenantQueue {
  readonly waiting: QueuedRequest[]
  /** Milliseconds of work that this tenant may still begin before others have their turn; below 0 it has had more. */
  credit: number
}

/** Somebody who asked, and when. */
interface LastRequest {
  readonly tenant: string
  readonly at: number
}

/** Longer than somebody who looks at pages takes from one image to the next. */
const defaultReservationMs = 1_000
/** A client that was refused may come back after at most so many milliseconds. */
const maxRetryMs = 10_000
/** Milliseconds of work that a tenant gains each round: about one ordinary development. */
const quantumMs = 20

/**
 * Slots for CPU work. Waiting work is admitted by deficit round robin over tenants (Shreedhar and Varghese, 1995) with
 * estimated milliseconds as packet length. Whoever was not waiting has his first quantum before the round goes on (as in
 * RFC 8290, section 4.2): so one who asks for a single image comes before all but the running work of one who asks for a
 * thousand; and where slots are kept, he does not even wait for that, nor share his core with it. At most `queueLimit`
 * wait; beyond that, the tenant with most of the queue is told `overloaded`.
 */
export class AdmissionController {
  /** Who has begun to wait, and has not had his first quantum. */
  readonly #newcomers = new Map<string, TenantQueue>()
  /** All others, the next first. A lane without work stays until its turn: nobody is new again by having waited for one. */
  readonly #round = new Map<string, TenantQueue>()
  /** How much of each tenant runs. */
  readonly #active = new Map<string, number>()
  readonly #slots: number
  readonly #reservedSlots: number
  readonly #reservationMs: number
  readonly #queueLimit: number
  /** Who asked last, and who was the last before that was somebody else. */
  #last: LastRequest | undefined
  #other: LastRequest | undefined
  #running = 0
  #waiting = 0
  #waitingMs = 0

  constructor({
    slots,
    reservedSlots = 0,
    reservationMs = defaultReservationMs,
    queueLimit,
  }: AdmissionOptions) {
    this.#slots = slots
    this.#reservedSlots = reservedSlots
    this.#reservationMs = reservationMs
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
  async run<T>(request: AdmissionRequest, work: () => Promise<T>): Promise<T> {
    request.signal?.throwIfAborted()
    this.#see(request.tenant)
    // slots may be kept for nobody any more
    this.#admitNext()
    if (this.#hasSlotFor(request.tenant)) this.#beginAtOnce(request)
    else await this.#wait(request)
    try {
      return await work()
    } finally {
      this.#end(request.tenant)
      this.#admitNext()
    }
  }

  #see(tenant: string): void {
    if (this.#last !== undefined && this.#last.tenant !== tenant) this.#other = this.#last
    this.#last = { tenant, at: performance.now() }
  }

  #hasSlotFor(tenant: string): boolean {
    const waits = (this.#laneOf(tenant)?.waiting.length ?? 0) > 0
    return this.#running < this.#slots && !waits && this.#mayBegin(tenant)
  }

  #laneOf(tenant: string): TenantQueue | undefined {
    return this.#newcomers.get(tenant) ?? this.#round.get(tenant)
  }

  /** Whether a slot that is free is not kept for others. */
  #mayBegin(tenant: string): boolean {
    const active = this.#active.get(tenant) ?? 0
    if (active < Math.max(1, this.#slots - this.#reservedSlots)) return true
    const somebody = this.#last?.tenant === tenant ? this.#other : this.#last
    return somebody === undefined || performance.now() - somebody.at > this.#reservationMs
  }

  #begin(tenant: string): void {
    this.#running++
    this.#active.set(tenant, (this.#active.get(tenant) ?? 0) + 1)
  }

  /** What begins at once counts, too, while others wait. */
  #beginAtOnce({ tenant, costMs }: AdmissionRequest): void {
    this.#begin(tenant)
    if (this.#waiting === 0) return
    const queue = this.#laneOf(tenant) ?? { waiting: [], credit: quantumMs }
    queue.credit -= costMs
    this.#toEnd(tenant, queue)
  }

  #end(tenant: string): void {
    this.#running--
    const left = (this.#active.get(tenant) ?? 0) - 1
    if (left > 0) this.#active.set(tenant, left)
    else this.#active.delete(tenant)
  }

  #wait(request: AdmissionRequest): Promise<void> {
    const { tenant } = request
    const known = this.#laneOf(tenant)
    const queue = known ?? { waiting: [], credit: quantumMs }
    if (this.#waiting >= this.#queueLimit && !this.#makeRoom(queue)) throw this.#overloaded()
    return new Promise((resolve, reject) => {
      const leave = (reason: unknown) => {
        request.signal?.removeEventListener('abort', giveUp)
        queue.waiting.splice(queue.waiting.indexOf(place), 1)
        this.#left(place)
        reject(reason)
      }
      const giveUp = () => leave(request.signal?.reason)
      const admit = () => {
        request.signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const place: QueuedRequest = { request, admit, leave }
      if (known === undefined) this.#newcomers.set(tenant, queue)
      queue.waiting.push(place)
      this.#waiting++
      this.#waitingMs += request.costMs
      request.signal?.addEventListener('abort', giveUp, { once: true })
    })
  }

  /** A full queue gives the last place of its longest lane to a tenant who has fewer waiting. */
  #makeRoom(newcomer: TenantQueue): boolean {
    let longest = newcomer
    for (const queue of [...this.#newcomers.values(), ...this.#round.values()]) {
      if (queue.waiting.length > longest.waiting.length) longest = queue
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

  #left({ request }: QueuedRequest): void {
    this.#waiting--
    this.#waitingMs -= request.costMs
    if (this.#waiting > 0) return
    // whoever could be harmed by what others have had is served
    this.#newcomers.clear()
    this.#round.clear()
  }

  #admitNext(): void {
    while (this.#running < this.#slots) {
      const turn = this.#nextTurn()
      if (turn === undefined) return
      const [tenant, queue] = turn
      const next = queue.waiting[0]
      if (next === undefined) this.#pass(tenant, queue)
      else if (queue.credit <= 0) {
        queue.credit += quantumMs
        this.#toEnd(tenant, queue)
      } else {
        queue.credit -= next.request.costMs
        queue.waiting.shift()
        this.#left(next)
        this.#begin(tenant)
        next.admit()
      }
    }
  }

  /** Whose turn it is, of those who may begin some, or have nothing to begin. */
  #nextTurn(): readonly [tenant: string, queue: TenantQueue] | undefined {
    for (const turns of [this.#newcomers, this.#round]) {
      for (const turn of turns) if (turn[1].waiting.length === 0 || this.#mayBegin(turn[0])) return turn
    }
    return undefined
  }

  /** A turn without work: who was new has had it, and then he is forgotten. */
  #pass(tenant: string, queue: TenantQueue): void {
    if (this.#newcomers.has(tenant)) this.#toEnd(tenant, queue)
    else this.#round.delete(tenant)
  }

  #toEnd(tenant: string, queue: TenantQueue): void {
    this.#newcomers.delete(tenant)
    this.#round.delete(tenant)
    this.#round.set(tenant, queue)
  }
}
