const nobodyWaits = new Error('nobody waits for this any more')

interface Flight<T> {
  readonly result: Promise<T>
  readonly controller: AbortController
  waiters: number
  landed: boolean
}

/** A flight's result for one of its passengers. */
export interface SingleFlightResult<T> {
  readonly value: T
  /** Whether somebody else had started the work. */
  readonly joined: boolean
}

/**
 * One piece of work per key at a time: everyone who asks while it runs gets its result or its error. A passenger
 * whose own signal aborts leaves alone. When nobody is left the work is told to stop; as long as it cannot (a pass of
 * the engine runs to its end), newcomers wait for it instead of starting it again beside itself.
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
      const flight = running ?? this.#begin(key, start)
      const givenUp = flight.controller.signal.aborted
      flight.waiters++
      try {
        return { value: await untilAborted(flight.result, signal), joined: running !== undefined }
      } catch (error) {
        // a flight that had been given up before may still arrive; how it fails says nothing
        if (!givenUp || signal.aborted) throw error
      } finally {
        flight.waiters--
        if (flight.waiters === 0 && !flight.landed) flight.controller.abort(nobodyWaits)
      }
    }
  }

  #begin(key: string, start: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const flight: Flight<T> = { result: start(controller.signal), controller, waiters: 0, landed: false }
    this.#flights.set(key, flight)
    // heard first of all, so that a flight has landed when its passengers leave; an abandoned one may fail unheard
    const land = () => this.#land(key, flight)
    flight.result.then(land, land)
    return flight
  }

  #land(key: string, flight: Flight<T>): void {
    flight.landed = true
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}

/** The promise's outcome, or the signal's reason as soon as it aborts. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
