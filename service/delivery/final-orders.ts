import { setTimeout } from 'node:timers/promises'
import { createLru } from '../cache/lru.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { FailedJobRepository } from '../metadata/failed-jobs.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type DerivativeJob, finishJobName } from './derivative-job.ts'

/** The most stand-ins whose requests are counted: a few MB of memory. */
const maxStandins = 10_000
/** The most jobs that wait in the queue, whose order is fixed there. All others wait here, ordered by demand. */
const maxQueued = 4
/** How often the queue is checked for room while stand-ins wait here, in milliseconds. */
const pollMs = 250
/** How long closing may take to enqueue the stand-ins that still wait, in milliseconds. */
const closeMs = 2_000

/** The job that makes the final of a stand-in, and the stand-in's object key. */
export type FinalJob = DerivativeJob & { readonly key: string }

/** A stand-in that was requested, or whose final was ordered. */
interface Standin {
  requests: number
  isOrdered: boolean
  /** Absent until the stand-in is stored, and after the job was enqueued. */
  job: FinalJob | undefined
}

export interface FinalOrdersParts {
  readonly failedJobs: Pick<FailedJobRepository, 'findActive'>
  /** Enqueues the job. */
  readonly dispatch: (job: DerivativeJob) => Promise<unknown>
  /** The number of these jobs that wait in the queue. */
  readonly countQueued: () => Promise<number>
  /** How many requests for a stand-in it takes until its final is made. */
  readonly minRequests: number
  readonly logger: Logger
}

/**
 * Counts the requests for stand-ins, and enqueues the jobs that make their finals, the most requested first. Only a few
 * jobs are in the queue at a time, so a stand-in that becomes popular overtakes others. The counts are this process's
 * own and end with it; a stand-in that is found in the store counts as requested once before.
 */
export class FinalOrders {
  readonly #parts: FinalOrdersParts
  // a stand-in whose count is forgotten must not lose its final
  readonly #standins = createLru<Standin>(maxStandins, standin => this.#enqueueForgotten(standin))
  /** The stand-ins whose jobs are to be enqueued. */
  readonly #due = new Set<Standin>()
  readonly #stop = new AbortController()
  #enqueuing: Promise<void> | undefined

  constructor(parts: FinalOrdersParts) {
    this.#parts = parts
  }

  /** The number of stand-ins whose jobs are not in the queue yet, for metrics. */
  get waiting(): number {
    return this.#due.size
  }

  /** Counts a request that is answered with a stand-in. */
  countRequest(key: string): void {
    const standin = this.#standins.get(key)
    if (standin === undefined) this.#find(key).requests = 1
    else if (++standin.requests === this.#parts.minRequests) this.#enqueueIfDue(standin)
  }

  /**
   * Notes that a stand-in is stored, so its final can be made.
   * @param requestsBefore how often it was requested at least, if this process has counted no request for it
   */
  noteStored(job: FinalJob, requestsBefore = 0): void {
    const standin = this.#find(job.key)
    standin.requests = Math.max(standin.requests, requestsBefore)
    standin.job = job
    this.#enqueueIfDue(standin)
  }

  /** Orders the final of a stored stand-in without a request. It is made after those that were requested. */
  order(job: FinalJob): void {
    this.#find(job.key).isOrdered = true
    this.noteStored(job)
  }

  /** Enqueues the jobs of all stand-ins that wait, so that a durable queue keeps them. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#enqueuing
    const latest = performance.now() + closeMs
    while (this.#due.size > 0 && performance.now() < latest) await this.#enqueue(this.#takeMostWanted())
  }

  #find(key: string): Standin {
    const known = this.#standins.get(key)
    if (known) return known
    const standin = { requests: 0, isOrdered: false, job: undefined }
    this.#standins.set(key, standin)
    return standin
  }

  #enqueueIfDue(standin: Standin): void {
    const isWanted = standin.isOrdered || standin.requests >= this.#parts.minRequests
    if (!isWanted || standin.job === undefined || this.#stop.signal.aborted) return
    this.#due.add(standin)
    this.#enqueuing ??= this.#enqueueAll()
  }

  async #enqueueAll(): Promise<void> {
    const { signal } = this.#stop
    while (this.#due.size > 0 && !signal.aborted) {
      // while the queue does not answer, the stand-ins wait here
      const queued = await this.#parts.countQueued().catch(() => maxQueued)
      for (let room = maxQueued - queued; room > 0 && this.#due.size > 0; room--)
        await this.#enqueue(this.#takeMostWanted())
      if (this.#due.size > 0)
        await setTimeout(pollMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
    this.#enqueuing = undefined
  }

  /** Takes the job of the stand-in with the most requests; of several, the one that has waited longest. */
  #takeMostWanted(): FinalJob | undefined {
    let most: Standin | undefined
    for (const standin of this.#due) if (!most || standin.requests > most.requests) most = standin
    return most && this.#take(most)
  }

  #take(standin: Standin): FinalJob | undefined {
    const { job } = standin
    standin.job = undefined
    standin.isOrdered = false
    this.#due.delete(standin)
    return job
  }

  #enqueueForgotten(standin: Standin): void {
    if (this.#due.has(standin)) void this.#enqueue(this.#take(standin))
  }

  /** Enqueues a job, unless it has failed recently. Never throws: the next request reads the stand-in and notes it anew. */
  async #enqueue(final: FinalJob | undefined): Promise<void> {
    if (final === undefined) return
    const { failedJobs, dispatch, logger } = this.#parts
    const { key, presets: _, ...job } = final
    try {
      if ((await failedJobs.findActive(finishJobName, key)) === undefined) await dispatch(job)
    } catch (error) {
      logger.debug({ key, reason: messageOf(error) }, 'failed to enqueue the job that replaces a stand-in')
    }
  }
}
