const abandoned = new Error('every caller has left')

interface Flight<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiters: number
  settled: boolean
}

/** The result of a flight for one of its callers. */
export interface SingleFlightResult<T> {
  readonly value: T
  /** Whether another caller had started the work. */
  readonly joined: boolean
}

/**
 * Runs one piece of work per key at a time: every caller that comes while it runs gets its result or its error. When
 * the signal of one caller aborts, only this caller stops waiting. When all callers have stopped, the work's signal
 * aborts. Some work cannot stop at once, such as a pass of the engine: until it ends, new callers join it, and it is not
 * started a second time.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()

  async run(
    key: string,
    signal: AbortSignal,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<SingleFlightResult<T>> {
    for (;;) {
      signal.throwIfAborted()
      const running = this.#flights.get(key)
      const flight = running ?? this.#start(key, start)
      const wasAborted = flight.controller.signal.aborted
      flight.waiters++
      try {
        return { value: await untilAborted(flight.result, signal), joined: running !== undefined }
      } catch (error) {
        // an aborted flight may still succeed; its error only says that it was aborted, so the work starts again
        if (!wasAborted || signal.aborted) throw error
      } finally {
        flight.waiters--
        if (flight.waiters === 0 && !flight.settled) flight.controller.abort(abandoned)
      }
    }
  }

  /** Resolves when the work that runs now has ended, also work that its callers have left. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#flights.values()].map(({ result }) => result))
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const flight: Flight<T> = { result: start(controller.signal), controller, waiters: 0, settled: false }
    this.#flights.set(key, flight)
    // attached before the handlers of callers, so that `settled` is set when they run; it also handles the rejection of
    // a flight that all callers have left
    const settle = () => this.#settle(key, flight)
    flight.result.then(settle, settle)
    return flight
  }

  #settle(key: string, flight: Flight<T>): void {
    flight.settled = true
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}

/** The outcome of the promise, or a rejection with the signal's reason as soon as it aborts. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    const settle = (done: () => void) => {
      signal.removeEventListener('abort', abort)
      done()
    }
    signal.addEventListener('abort', abort, { once: true })
    promise.then(
      value => settle(() => resolve(value)),
      error => settle(() => reject(error)),
    )
  })
}
