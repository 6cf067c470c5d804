import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../telemetry/logger.ts'
import type { ConsumeOptions, JobDelivery, JobOutcome } from './queue.ts'
import { jobRetryDelayMs } from './retry-delay.ts'

/** The delay of an outcome whose own delay is not a number, in milliseconds. */
const fallbackDelayMs = 30_000
const maxDelayMs = 24 * 60 * 60_000
/** How long an aborted handler may take to record that its attempt does not count, in milliseconds. */
const graceMs = 500

const handedBack: JobOutcome = { kind: 'retry', delayMs: 0 }

/** A job that was taken from the queue and not settled yet. */
export interface InFlightJob {
  readonly delivery: JobDelivery
  /** Reports the outcome to the queue, in bounded time. Never rejects. */
  settle(outcome: JobOutcome): Promise<void>
}

/** The jobs that one consumer has taken and not settled, for any driver. */
export class InFlightJobs {
  readonly #handle: ConsumeOptions['handle']
  readonly #logger: Logger
  readonly #running = new Map<AbortController, Promise<void>>()

  constructor(handle: ConsumeOptions['handle'], logger: Logger) {
    this.#handle = handle
    this.#logger = logger
  }

  /** The number of jobs in flight. */
  get size(): number {
    return this.#running.size
  }

  /** Handles a job and settles it. Never rejects. */
  async run(job: InFlightJob): Promise<void> {
    const controller = new AbortController()
    const running = this.#handleAndSettle(job, controller.signal)
    this.#running.set(controller, running)
    await running
    this.#running.delete(controller)
  }

  /** Waits at most `withinMs` milliseconds for the jobs in flight, then returns the unfinished ones to the queue. */
  async drain(withinMs: number): Promise<void> {
    const all = Promise.all(this.#running.values())
    const timer = new AbortController()
    await Promise.race([all, sleep(withinMs, undefined, { signal: timer.signal }).catch(() => {})])
    timer.abort()
    for (const controller of this.#running.keys()) {
      controller.abort(new Error('the consumer was drained before the job finished'))
    }
    await all
  }

  async #handleAndSettle(job: InFlightJob, signal: AbortSignal): Promise<void> {
    // a handler that ignores its signal must not keep its job from other consumers
    const aborted = new Promise<JobOutcome>(resolve => {
      const resolveLate = () => setTimeout(resolve, graceMs, handedBack)
      signal.addEventListener('abort', resolveLate, { once: true })
    })
    const outcome = await Promise.race([this.#attempt(job.delivery, signal), aborted])
    await job.settle(
      outcome.kind === 'done' ? outcome : { kind: 'retry', delayMs: boundDelay(outcome.delayMs) },
    )
  }

  async #attempt(delivery: JobDelivery, signal: AbortSignal): Promise<JobOutcome> {
    try {
      return await this.#handle(delivery, signal)
    } catch (error) {
      if (signal.aborted) return handedBack
      const { job, attempt } = delivery
      this.#logger.error({ err: error, job: job.name, attempt }, 'job handler threw')
      return { kind: 'retry', delayMs: jobRetryDelayMs(attempt) }
    }
  }
}

function boundDelay(ms: number): number {
  return Number.isNaN(ms) ? fallbackDelayMs : Math.min(Math.max(0, Math.ceil(ms)), maxDelayMs)
}
