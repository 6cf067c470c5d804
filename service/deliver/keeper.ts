import { setTimeout } from 'node:timers/promises'
import type { Derivative } from '../cache/memory.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { Derivatives } from '../metadata/derivatives.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'

/** How many derivatives are written at once, how many bytes may wait, and how long to wait between tries. */
const writers = 4
const maxWaitingBytes = 128 * 1024 * 1024
const pausesMs = [250, 1_000, 4_000]

/** What is recorded of a derivative. */
export type DerivativeRow = Parameters<Derivatives['record']>[0]

interface Parcel {
  readonly derivative: Derivative
  readonly row: DerivativeRow
}

/**
 * Keeps fresh derivatives in the store and the database behind the response. What cannot be kept after a few tries,
 * or comes while too much is waiting, is let go: it can be developed again.
 */
export class Keeper {
  readonly #store: ObjectStore
  readonly #derivatives: Derivatives
  readonly #logger: Logger
  readonly #waiting: Parcel[] = []
  readonly #writing = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #waitingBytes = 0

  constructor({
    store,
    derivatives,
    logger,
  }: { store: ObjectStore; derivatives: Derivatives; logger: Logger }) {
    this.#store = store
    this.#derivatives = derivatives
    this.#logger = logger
  }

  /** Takes a derivative on; never waits and never throws. */
  keep(derivative: Derivative, row: DerivativeRow): void {
    if (this.#waitingBytes + derivative.data.length > maxWaitingBytes) {
      this.#logger.warn({ key: derivative.key }, 'too much waits to be stored: this derivative is not kept')
      return
    }
    this.#waiting.push({ derivative, row })
    this.#waitingBytes += derivative.data.length
    this.#next()
  }

  /** Resolves when nothing waits or is being written any more. */
  async idle(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing)
  }

  /** Writes what waits, for at most so many milliseconds; then gives up. */
  async close(withinMs: number): Promise<void> {
    const limit = setTimeout(withinMs, undefined, { ref: false }).then(() => this.#stop.abort())
    await Promise.race([this.idle(), limit])
  }

  #next(): void {
    if (this.#writing.size >= writers) return
    const parcel = this.#waiting.shift()
    if (parcel === undefined) return
    const writing = this.#write(parcel).finally(() => {
      this.#waitingBytes -= parcel.derivative.data.length
      this.#writing.delete(writing)
      this.#next()
    })
    this.#writing.add(writing)
  }

  async #write(parcel: Parcel): Promise<void> {
    for (const pauseMs of [...pausesMs, undefined]) {
      try {
        return await this.#writeOnce(parcel)
      } catch (error) {
        if (pauseMs === undefined || this.#stop.signal.aborted) {
          this.#logger.warn(
            { key: parcel.derivative.key, reason: messageOf(error) },
            'a derivative was not kept',
          )
          return
        }
        await setTimeout(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {})
      }
    }
  }

  /** The object first: a row never speaks of an object that is not there. */
  async #writeOnce({ derivative, row }: Parcel): Promise<void> {
    const { signal } = this.#stop
    await this.#store.put(derivative.key, derivative.data, { contentType: derivative.contentType, signal })
    const wanted = await this.#derivatives.record(row)
    // the image was deleted in the meantime: its derivatives go with it
    if (!wanted) await this.#store.delete([derivative.key], signal)
  }
}
