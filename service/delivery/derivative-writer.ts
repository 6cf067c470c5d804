import { setTimeout } from 'node:timers/promises'
import type { Derivative } from '../cache/memory-tier.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { DerivativeRepository, NewDerivative } from '../metadata/derivatives.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import { BatchInserter } from './batch-inserter.ts'

/** How many objects are written at once, how many bytes may wait, and how long to wait between tries. */
const writers = 4
const maxWaitingBytes = 128 * 1024 * 1024
const pausesMs = [250, 1_000, 4_000]

export interface DerivativeWriterParts {
  readonly store: ObjectStore
  readonly derivatives: DerivativeRepository
  readonly logger: Logger
  /** Hears of each derivative that is stored and on record; never waits and never throws. */
  readonly onStored: (derivative: Derivative, row: NewDerivative) => void
}

interface PendingWrite {
  readonly derivative: Derivative
  readonly row: NewDerivative
}

/**
 * Keeps fresh derivatives in the store and the database behind the response. What cannot be kept after a few tries,
 * or comes while too much is waiting, is let go: it can be developed again.
 */
export class DerivativeWriter {
  readonly #store: ObjectStore
  readonly #inserter: BatchInserter
  readonly #logger: Logger
  readonly #onStored: DerivativeWriterParts['onStored']
  readonly #waiting: PendingWrite[] = []
  readonly #inProgress = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #writing = 0
  #waitingBytes = 0

  constructor({ store, derivatives, logger, onStored }: DerivativeWriterParts) {
    this.#onStored = onStored
    this.#store = store
    this.#inserter = new BatchInserter(derivatives)
    this.#logger = logger
  }

  /** Takes a derivative on; never waits and never throws. */
  enqueue(derivative: Derivative, row: NewDerivative): void {
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
    while (this.#inProgress.size > 0) await Promise.all(this.#inProgress)
  }

  /** Writes what waits, for at most so many milliseconds; then gives up. */
  async close(withinMs: number): Promise<void> {
    const limit = setTimeout(withinMs, undefined, { ref: false }).then(() => this.#stop.abort())
    await Promise.race([this.idle(), limit])
  }

  #next(): void {
    if (this.#writing >= writers) return
    const pending = this.#waiting.shift()
    if (pending === undefined) return
    this.#writing++
    const done = this.#write(pending).finally(() => {
      this.#waitingBytes -= pending.derivative.data.length
      this.#inProgress.delete(done)
    })
    this.#inProgress.add(done)
  }

  /** The object first: a row never speaks of an object that is not there. */
  async #write({ derivative, row }: PendingWrite): Promise<void> {
    const { key, data, contentType } = derivative
    const { signal } = this.#stop
    try {
      await this.#retry(() => this.#store.put(key, data, { contentType, durable: false, signal })).finally(
        () => this.#written(),
      )
      const wanted = await this.#retry(() => this.#inserter.insert(row))
      // the image was deleted in the meantime: its derivatives go with it
      if (wanted) this.#onStored(derivative, row)
      else await this.#retry(() => this.#store.delete([key], signal))
    } catch (error) {
      this.#logger.warn({ key, reason: messageOf(error) }, 'a derivative was not kept')
    }
  }

  #written(): void {
    this.#writing--
    this.#next()
  }

  /** Tries again after each pause, unless the process is about to end. */
  async #retry<T>(work: () => Promise<T>): Promise<T> {
    for (const pauseMs of pausesMs) {
      try {
        return await work()
      } catch (error) {
        if (this.#stop.signal.aborted) throw error
        await setTimeout(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {})
      }
    }
    return work()
  }
}
