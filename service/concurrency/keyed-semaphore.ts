export interface KeyedSemaphoreOptions {
  /** The number of tasks of one key that may run at the same time. */
  readonly permits: number
  /** The number of tasks of one key that may wait for a permit. */
  readonly maxWaiting: number
  /** How long a task waits for a permit, in milliseconds. */
  readonly maxWaitMs: number
  /** The error of a task that gets no permit. */
  readonly rejection: () => Error
}

interface Tasks {
  running: number
  readonly waiting: Set<() => void>
}

/**
 * Limits how many tasks of each key run at the same time. Waiting tasks get their permits first come, first served. A key
 * takes memory only while it has tasks.
 */
export class KeyedSemaphore {
  readonly #options: KeyedSemaphoreOptions
  readonly #keys = new Map<string, Tasks>()

  constructor(options: KeyedSemaphoreOptions) {
    this.#options = options
  }

  /** The number of keys that have tasks. */
  get size(): number {
    return this.#keys.size
  }

  /** Runs a task as soon as a permit of its key is free. @throws the rejection when none becomes free in time */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    await this.#acquire(key)
    try {
      return await task()
    } finally {
      this.#release(key)
    }
  }

  async #acquire(key: string): Promise<void> {
    const tasks = this.#keys.get(key) ?? { running: 0, waiting: new Set() }
    const { permits, maxWaiting, maxWaitMs, rejection } = this.#options
    if (tasks.running < permits) {
      tasks.running++
      this.#keys.set(key, tasks)
      return
    }
    if (tasks.waiting.size >= maxWaiting) throw rejection()
    await new Promise<void>((resolve, reject) => {
      const proceed = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        tasks.waiting.delete(proceed)
        reject(rejection())
      }, maxWaitMs)
      tasks.waiting.add(proceed)
    })
  }

  /** The permit passes directly to the first waiting task, so that a new one cannot overtake it. */
  #release(key: string): void {
    const tasks = this.#keys.get(key)
    if (tasks === undefined) return
    const [next] = tasks.waiting
    if (next !== undefined) {
      tasks.waiting.delete(next)
      next()
      return
    }
    tasks.running--
    if (tasks.running === 0) this.#keys.delete(key)
  }
}
