import { DarkroomError } from '../errors/catalogue.ts'

export interface SemaphoreOptions {
  /** The number of tasks that may run at the same time. */
  readonly permits: number
  /** The number of tasks that may wait for a permit. */
  readonly maxWaiting: number
  /** The plural noun for the tasks in the error: `too many logins at once`. */
  readonly what: string
  /** When a rejected client may retry, in milliseconds. */
  readonly retryAfterMs: number
}

/** Limits how many tasks run at the same time. Waiting tasks get their permits first come, first served. */
export class Semaphore {
  readonly #options: SemaphoreOptions
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(options: SemaphoreOptions) {
    this.#options = options
  }

  /**
   * Runs a task as soon as a permit is free.
   * @throws DarkroomError `overloaded` when too many tasks wait already, or the signal's reason if it aborts first
   */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#acquire(signal)
    try {
      return await task()
    } finally {
      this.#release()
    }
  }

  async #acquire(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    const { permits, maxWaiting, what, retryAfterMs } = this.#options
    if (this.#running < permits) {
      this.#running++
      return
    }
    if (this.#waiting.size >= maxWaiting)
      throw new DarkroomError('overloaded', `too many ${what} at once`, { retryAfterMs })
    await this.#wait(signal)
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const proceed = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const abort = () => {
        this.#waiting.delete(proceed)
        reject(signal?.reason)
      }
      this.#waiting.add(proceed)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** The permit passes directly to the first waiting task, so that a new one cannot overtake it. */
  #release(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#running--
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
