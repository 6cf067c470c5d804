import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../telemetry/logger.ts'
import type { ConsumeOptions, JobDelivery, JobOutcome } from './queue.ts'
import { jobRetryDelayMs } from './retry-delay.ts'

/** The delay for an outcome without a valid one, in milliseconds. */
const fallbackDelayMs = 30_000
const maxDelayMs = 24 * 60 * 60_000

/** A job that was taken from the queue. */
export interface InFlightJob {
  readonly delivery: JobDelivery
  /** Tells the queue what becomes of it, in bounded time; never rejects. */
  settle(outcome: JobOutcome): Promise<void>
}

/** The jobs that one consumer has in hand, whatever the driver. */
export class InFlightJobs {
  readonly #handle: ConsumeOptions['handle']
  readonly #logger: Logger
  readonly #running = new Map<AbortController, Promise<void>>()

  constructor(handle: ConsumeOptions['handle'], logger: Logger) {
    this.#handle = handle
    this.#logger = logger
  }

  /** How many jobs are in hand. */
  get size(): number {
    return this.#running.size
  }

  /** Handles a job and settles it; never rejects. */
  async run(held: InFlightJob): Promise<void> {
    const controller = new AbortController()
    const running = this.#run(held, controller.signal)
    this.#running.set(controller, running)
    await running
    this.#running.delete(controller)
  }

  /** Waits so many milliseconds for the jobs in hand, then gives back those that are not done. */
  async drain(withinMs: number): Promise<void> {
    const all = Promise.all(this.#running.values())
    const inTime = new AbortController()
    await Promise.race([all, sleep(withinMs, undefined, { signal: inTime.signal }).catch(() => {})])
    inTime.abort()
    for (const controller of this.#running.keys()) {
      controller.abort(new Error('the consumer was drained before the job was done'))
    }
    await all
  }

  async #run(held: InFlightJob, signal: AbortSignal): Promise<void> {
    // a handler that does not obey its signal must not keep its job from others
    const givenBack = new Promise<JobOutcome>(resolve => {
      signal.addEventListener('abort', () => resolve({ kind: 'retry', delayMs: 0 }), { once: true })
    })
    const outcome = await Promise.race([this.#attempt(held.delivery, signal), givenBack])
    await held.settle(
      outcome.kind === 'done' ? outcome : { kind: 'retry', delayMs: boundDelay(outcome.delayMs) },
    )
  }

  async #attempt(delivery: JobDelivery, signal: AbortSignal): Promise<JobOutcome> {
    try {
      return await this.#handle(delivery, signal)
    } catch (error) {
      const { job, attempt } = delivery
      if (!signal.aborted) this.#logger.error({ err: error, job: job.name, attempt }, 'a job handler threw')
      return { kind: 'retry', delayMs: jobRetryDelayMs(attempt) }
    }
  }
}

function boundDelay(ms: number): number {
  return Number.isNaN(ms) ? fallbackDelayMs : Math.min(Math.max(0, Math.ceil(ms)), maxDelayMs)
}
