/** A request to work in the background. */
export interface BackgroundRequest {
  readonly signal: AbortSignal
  /** How long the work yields to requests at most, in milliseconds. After that it runs while no other such work does. */
  readonly maxWaitMs: number
  /** Whether the work starts before other waiting work. */
  readonly isUrgent?: boolean
}

interface Waiting {
  readonly isUrgent: boolean
  isOverdue: boolean
  readonly start: () => void
}

export interface IdleCoresOptions {
  readonly cores: number
  /** The number of requests that use a core or wait for one. */
  readonly busy: () => number
}

/**
 * Runs work in the background on the cores that requests leave idle. It takes no slot of the requests' admission, so a
 * request that arrives meanwhile starts at once, and until it ends no more work starts than cores are idle beside it.
 */
export class IdleCores {
  readonly #options: IdleCoresOptions
  readonly #waiting = new Set<Waiting>()
  #running = 0

  constructor(options: IdleCoresOptions) {
    this.#options = options
  }

  /** The number of works in progress. */
  get running(): number {
    return this.#running
  }

  /** Runs work when a core is idle. @throws the signal's reason when it aborts while the work waits */
  async run<T>(request: BackgroundRequest, work: () => Promise<T>): Promise<T> {
    request.signal.throwIfAborted()
    await this.#waitForCore(request)
    try {
      return await work()
    } finally {
      this.#running--
      this.startNext()
    }
  }

  /** Starts what may start. To be called when requests have ended. */
  startNext(): void {
    const { cores, busy } = this.#options
    while (this.#waiting.size > 0 && busy() + this.#running < cores) this.#next()?.start()
    if (this.#running === 0) [...this.#waiting].find(({ isOverdue }) => isOverdue)?.start()
  }

  /** Overdue work comes first, so that urgent work cannot hold it up for ever. */
  #next(): Waiting | undefined {
    const waiting = [...this.#waiting]
    return waiting.find(each => each.isOverdue) ?? waiting.find(each => each.isUrgent) ?? waiting[0]
  }

  #waitForCore({ signal, maxWaitMs, isUrgent = false }: BackgroundRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const stopWaiting = () => {
        this.#waiting.delete(waiting)
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
      }
      const abort = () => {
        stopWaiting()
        reject(signal.reason)
      }
      const waiting: Waiting = {
        isUrgent,
        isOverdue: false,
        start: () => {
          stopWaiting()
          this.#running++
          resolve()
        },
      }
      const timer = setTimeout(() => {
        waiting.isOverdue = true
        this.startNext()
      }, maxWaitMs)
      signal.addEventListener('abort', abort, { once: true })
      this.#waiting.add(waiting)
      this.startNext()
    })
  }
}
