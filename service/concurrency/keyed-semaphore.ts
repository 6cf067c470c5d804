export interface KeyedSemaphoreOptions {
  /** The number of tasks of one key that may run at the same time. */
  readonly permits: number
  /** The number of tasks of all keys that may run at the same time. */
  readonly total: number
  /** How many tasks of other keys could still start when a key starts one beside another one. */
  readonly spare: number
  /** The number of tasks of one key that may wait for a permit. */
  readonly maxWaiting: number
  /** How long a task waits for a permit, in milliseconds. */
  readonly maxWaitMs: number
  /** The error of a task that gets no permit. `isOwn`: because of other tasks of its key. */
  readonly rejection: (isOwn: boolean) => Error
}

interface Tasks {
  running: number
  readonly waiting: Set<() => void>
}

/**
 * Limits how many tasks of each key run at the same time, and of all keys together. A key without a running task comes
 * first; waiting tasks of one key get their permits first come, first served. A key takes memory only while it has tasks.
 */
export class KeyedSemaphore {
  readonly #options: KeyedSemaphoreOptions
  readonly #keys = new Map<string, Tasks>()
  #running = 0

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
    const { maxWaiting, maxWaitMs, rejection } = this.#options
    if (tasks.waiting.size === 0 && this.#mayStart(tasks)) {
      this.#start(tasks)
      this.#keys.set(key, tasks)
      return
    }
    if (tasks.waiting.size >= maxWaiting) throw rejection(true)
    this.#keys.set(key, tasks)
    await new Promise<void>((resolve, reject) => {
      const proceed = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        tasks.waiting.delete(proceed)
        this.#forget(key, tasks)
        reject(rejection(tasks.running > 0))
      }, maxWaitMs)
      tasks.waiting.add(proceed)
    })
  }

  #mayStart({ running }: Tasks): boolean {
    const { permits, total, spare } = this.#options
    if (running === 0) return this.#running < total
    return running < permits && this.#running + 1 + spare <= total
  }

  #start(tasks: Tasks): void {
    tasks.running++
    this.#running++
  }

  #release(key: string): void {
    const tasks = this.#keys.get(key)
    if (tasks === undefined) return
    tasks.running--
    this.#running--
    this.#forget(key, tasks)
    for (const waiting of this.#keys.values()) if (waiting.running === 0) this.#startFirst(waiting)
    for (const waiting of this.#keys.values()) this.#startFirst(waiting)
  }

  /** Passes a permit directly to the first waiting task, so that a new one cannot overtake it. */
  #startFirst(tasks: Tasks): void {
    const [first] = tasks.waiting
    if (first === undefined || !this.#mayStart(tasks)) return
    tasks.waiting.delete(first)
    this.#start(tasks)
    first()
  }

  #forget(key: string, { running, waiting }: Tasks): void {
    if (running === 0 && waiting.size === 0) this.#keys.delete(key)
  }
}
