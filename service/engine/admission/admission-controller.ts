import { DarkroomError } from '../../errors/catalogue.ts'
import { traced } from '../../telemetry/tracing.ts'
import { DeficitRoundRobin, type QueuedRequest } from './deficit-round-robin.ts'
import { MemoryBudget } from './memory-budget.ts'

/** The tenant that work is done for. Slots are shared fairly between tenants. */
export interface Requester {
  readonly tenant: string
  /** When it aborts, the request leaves the queue. Work that has started is not interrupted. */
  readonly signal?: AbortSignal
  /**
   * How long the request may wait for a slot, in milliseconds. It is rejected at once when it is expected to wait longer.
   * Without it, the request waits as long as it takes.
   */
  readonly maxWaitMs?: number | undefined
  /** Whether the work runs within `Engine.runWhenIdle`, so that it does not wait for admission. */
  readonly isAdmitted?: boolean
}

/** A request for a slot. */
export interface AdmissionRequest extends Requester {
  /** Estimated CPU milliseconds. */
  readonly costMs: number
  /** Estimated bytes that the work takes; 0 by default. */
  readonly bytes?: number | undefined
}

export interface AdmissionOptions {
  readonly slots: number
  /** Slots that a tenant leaves to other active tenants. Each tenant may use at least one slot. */
  readonly reservedSlots?: number
  /** How long a tenant counts as active after its last request, in milliseconds. */
  readonly reservationMs?: number
  /** Maximum number of waiting requests. */
  readonly queueLimit: number
  /** The memory of all requests that run; not limited by default. */
  readonly memory?: MemoryBudget
  /** The most slots that a tenant may hold, by the number of free slots. By default, all that are not reserved. */
  readonly mostSlots?: (free: number) => number
  /** Creates the error of a rejected request. By default it is `overloaded`. */
  readonly rejection?: (retryAfterMs: number) => DarkroomError
}

/** The last request of a tenant. */
interface LastRequest {
  readonly tenant: string
  readonly at: number
}

/** Longer than the usual time between two images that one visitor of a website requests. */
const defaultReservationMs = 1_000
/** The longest `Retry-After` of a rejected request, in milliseconds. */
const maxRetryMs = 10_000
/**
 * A request is queued only if its expected wait is at most this share of its `maxWaitMs`, because requests of other
 * tenants that arrive later may still be admitted before it. In simulated overloads (1.3, 2 and 4 times the capacity,
 * six tenants), 1 in 5 requests waited for `maxWaitMs` and was then rejected without this margin, and 1 in 300 with it.
 */
const margin = 0.6

const overloaded = (retryAfterMs: number) =>
  new DarkroomError('overloaded', 'too many images are waiting to be rendered', { retryAfterMs })

/**
 * A semaphore for CPU work that is fair to tenants. Waiting requests are admitted by deficit round robin over tenants.
 * With reserved slots, the first request of a tenant usually finds a free slot, so it neither waits for the work of
 * other tenants nor shares a core with it. At most `queueLimit` requests wait; beyond that, the tenant with the most
 * waiting requests gets `overloaded`. A request that is not expected to start in time, by the queue and the recent pace
 * of admissions, gets this error at once. A request whose memory exceeds the budget waits until enough other requests have
 * ended, and the following ones wait behind it: otherwise small requests could hold up a large one for ever.
 */
export class AdmissionController {
  readonly #queue: DeficitRoundRobin
  /** Running requests by tenant. */
  readonly #active = new Map<string, number>()
  readonly #slots: number
  readonly #reservedSlots: number
  readonly #reservationMs: number
  readonly #queueLimit: number
  readonly #mostSlots: AdmissionOptions['mostSlots']
  readonly #rejection: (retryAfterMs: number) => DarkroomError
  readonly #memory: MemoryBudget
  /** The request that comes next, and waits for memory alone. */
  #next: QueuedRequest | undefined
  /** The last request, and the last one before it from another tenant. */
  #last: LastRequest | undefined
  #lastOther: LastRequest | undefined
  #running = 0

  constructor(options: AdmissionOptions) {
    const { slots, reservedSlots = 0, reservationMs = defaultReservationMs, queueLimit } = options
    this.#queue = new DeficitRoundRobin(slots)
    this.#slots = slots
    this.#reservedSlots = reservedSlots
    this.#reservationMs = reservationMs
    this.#queueLimit = queueLimit
    this.#mostSlots = options.mostSlots
    this.#rejection = options.rejection ?? overloaded
    this.#memory = options.memory ?? new MemoryBudget()
  }

  /** Running and waiting requests, for metrics. */
  get load(): { running: number; waiting: number } {
    return { running: this.#running, waiting: this.#queue.size + (this.#next ? 1 : 0) }
  }

  /** How long the oldest waiting request has waited, in milliseconds; 0 when none waits. */
  get oldestMs(): number {
    const oldestAt = this.#next?.at ?? this.#queue.oldestAt
    return oldestAt === undefined ? 0 : performance.now() - oldestAt
  }

  /**
   * Runs work when a slot is free.
   * @throws DarkroomError `overloaded` when the queue is full or the request would wait too long, or when it is evicted
   *   from a full queue later; the signal's reason when it aborts while waiting
   */
  async run<T>(request: AdmissionRequest, work: () => Promise<T>): Promise<T> {
    request.signal?.throwIfAborted()
    this.#recordRequest(request.tenant)
    // a reservation may have expired since the last request
    this.#admitNext()
    if (this.#hasSlotFor(request)) this.#startAtOnce(request)
    else
      await traced(
        () => ({ name: 'wait for a slot' }),
        () => this.#waitForSlot(request),
      )
    try {
      return await work()
    } finally {
      this.#end(request)
      this.#admitNext()
    }
  }

  #recordRequest(tenant: string): void {
    if (this.#last !== undefined && this.#last.tenant !== tenant) this.#lastOther = this.#last
    this.#last = { tenant, at: performance.now() }
  }

  #hasSlotFor({ tenant, bytes = 0 }: AdmissionRequest): boolean {
    const isFree = this.#running < this.#slots && this.#next === undefined && this.#memory.fits(bytes)
    return isFree && this.#queue.sizeOf(tenant) === 0 && this.#mayStart(tenant)
  }

  /** Whether the tenant may take a slot without using those that are reserved for other tenants. */
  #mayStart(tenant: string): boolean {
    return (this.#active.get(tenant) ?? 0) < this.#mostSlotsOf(tenant)
  }

  #mostSlotsOf(tenant: string): number {
    if (this.#mostSlots) return Math.max(1, this.#mostSlots(this.#slots - this.#running))
    const other = this.#last?.tenant === tenant ? this.#lastOther : this.#last
    const isAlone = other === undefined || performance.now() - other.at > this.#reservationMs
    return isAlone ? this.#slots : Math.max(1, this.#slots - this.#reservedSlots)
  }

  #start({ tenant, bytes = 0 }: Pick<AdmissionRequest, 'tenant' | 'bytes'>): void {
    this.#running++
    this.#memory.take(bytes)
    this.#active.set(tenant, (this.#active.get(tenant) ?? 0) + 1)
  }

  #startAtOnce(request: AdmissionRequest): void {
    this.#start(request)
    this.#queue.charge(request.tenant, request.costMs)
  }

  #end({ tenant, bytes = 0 }: AdmissionRequest): void {
    this.#running--
    this.#memory.release(bytes)
    const left = (this.#active.get(tenant) ?? 0) - 1
    if (left > 0) this.#active.set(tenant, left)
    else this.#active.delete(tenant)
  }

  async #waitForSlot(request: AdmissionRequest): Promise<void> {
    const { tenant, costMs, bytes, signal, maxWaitMs } = request
    if (maxWaitMs !== undefined && this.#queue.expectedWaitMs(tenant, costMs) > margin * maxWaitMs)
      throw this.#rejected(request)
    if (this.#queue.size >= this.#queueLimit && !this.#makeRoomFor(tenant)) throw this.#rejected()
    await new Promise<void>((resolve, reject) => {
      const abort = () => queued.reject(signal?.reason)
      const expire = () => queued.reject(this.#rejected(request))
      const timer = maxWaitMs === undefined ? undefined : setTimeout(expire, maxWaitMs)
      const stopWaiting = () => {
        signal?.removeEventListener('abort', abort)
        clearTimeout(timer)
      }
      const queued: QueuedRequest = {
        tenant,
        costMs,
        bytes,
        at: performance.now(),
        admit: () => {
          stopWaiting()
          resolve()
        },
        reject: reason => {
          stopWaiting()
          this.#remove(queued)
          reject(reason)
        },
      }
      this.#queue.enqueue(queued)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Removes a request that gave up. Those behind it may start if it has waited for memory. */
  #remove(request: QueuedRequest): void {
    if (this.#next === request) {
      this.#next = undefined
      this.#admitNext()
    } else this.#queue.remove(request)
  }

  /** Evicts the last request of the longest queue, if its tenant has more waiting requests than this one. */
  #makeRoomFor(tenant: string): boolean {
    const evicted = this.#queue.evictableFor(tenant)
    evicted?.reject(this.#rejected())
    return evicted !== undefined
  }

  /**
   * The error of a rejected request. It may be retried when it is expected to start within its `maxWaitMs`; without
   * `request`, when the queue is expected to be empty.
   */
  #rejected(request?: AdmissionRequest): DarkroomError {
    const lateMs =
      request &&
      this.#queue.expectedWaitMs(request.tenant, request.costMs) - margin * (request.maxWaitMs ?? 0)
    return this.#rejection(Math.max(0, Math.min(maxRetryMs, Math.ceil(lateMs ?? this.#queue.drainMs))))
  }

  #admitNext(): void {
    while (this.#running < this.#slots) {
      const next = this.#next ?? this.#queue.dequeue(tenant => this.#mayStart(tenant))
      this.#next = next
      if (next === undefined || !this.#memory.fits(next.bytes ?? 0)) return
      this.#next = undefined
      this.#start(next)
      next.admit()
    }
  }
}
