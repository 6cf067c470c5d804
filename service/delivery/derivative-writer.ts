import { setTimeout } from 'node:timers/promises'
import type { Derivative } from '../cache/memory-tier.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { DerivativeRepository, NewDerivative } from '../metadata/derivatives.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import { BatchInserter } from './batch-inserter.ts'

/** How many objects are written at once, and how many bytes may wait in memory to be written. */
const maxConcurrentWrites = 4
const maxPendingBytes = 128 * 1024 * 1024
/** The delays before retries, in milliseconds. */
const retryDelaysMs = [250, 1_000, 4_000]

export interface DerivativeWriterParts {
  readonly store: ObjectStore
  readonly derivatives: DerivativeRepository
  readonly logger: Logger
  /** Called for each derivative that is stored and has a row; must not throw. */
  readonly onStored: (derivative: Derivative, row: NewDerivative) => void
}

interface PendingWrite {
  readonly derivative: Derivative
  readonly row: NewDerivative
}

/**
 * Writes rendered derivatives to the store and the database asynchronously. A derivative whose writes keep failing,
 * or that comes while too many bytes are pending, is dropped: it can be rendered again.
 */
export class DerivativeWriter {
  readonly #store: ObjectStore
  readonly #inserter: BatchInserter
  readonly #logger: Logger
  readonly #onStored: DerivativeWriterParts['onStored']
  readonly #pending: PendingWrite[] = []
  readonly #inProgress = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #writing = 0
  #pendingBytes = 0

  constructor({ store, derivatives, logger, onStored }: DerivativeWriterParts) {
    this.#onStored = onStored
    this.#store = store
    this.#inserter = new BatchInserter(derivatives)
    this.#logger = logger
  }

  /** Enqueues a derivative to be written; never waits and never throws. */
  enqueue(derivative: Derivative, row: NewDerivative): void {
    if (this.#pendingBytes + derivative.data.length > maxPendingBytes) {
      this.#logger.warn(
        { key: derivative.key },
        'derivative not stored: too many bytes are waiting to be written',
      )
      return
    }
    this.#pending.push({ derivative, row })
    this.#pendingBytes += derivative.data.length
    this.#next()
  }

  /** Resolves when nothing is pending or being written. */
  async idle(): Promise<void> {
    while (this.#inProgress.size > 0) await Promise.all(this.#inProgress)
  }

  /** Continues to write for at most `withinMs` milliseconds, then drops the derivatives that are still pending. */
  async close(withinMs: number): Promise<void> {
    const limit = setTimeout(withinMs, undefined, { ref: false }).then(() => this.#stop.abort())
    await Promise.race([this.idle(), limit])
  }

  #next(): void {
    if (this.#writing >= maxConcurrentWrites) return
    const pending = this.#pending.shift()
    if (pending === undefined) return
    this.#writing++
    const done = this.#write(pending).finally(() => {
      this.#pendingBytes -= pending.derivative.data.length
      this.#inProgress.delete(done)
    })
    this.#inProgress.add(done)
  }

  /** Writes the object before the row, so that no row names an object that does not exist. */
  async #write({ derivative, row }: PendingWrite): Promise<void> {
    const { key, data, contentType } = derivative
    const { signal } = this.#stop
    try {
      const putting = this.#retry(() => this.#store.put(key, data, { contentType, durable: false, signal }))
      await putting.finally(() => this.#finishPut())
      const isInserted = await this.#retry(() => this.#inserter.insert(row))
      // not inserted when the image and its derivatives were deleted meanwhile
      if (isInserted) this.#onStored(derivative, row)
      else await this.#retry(() => this.#store.delete([key], signal))
    } catch (error) {
      this.#logger.warn({ key, reason: messageOf(error) }, 'failed to write derivative')
    }
  }

  #finishPut(): void {
    this.#writing--
    this.#next()
  }

  /** Retries after each delay, unless the time that `close` allows is over. */
  async #retry<T>(work: () => Promise<T>): Promise<T> {
    for (const delayMs of retryDelaysMs) {
      try {
        return await work()
      } catch (error) {
        if (this.#stop.signal.aborted) throw error
        await setTimeout(delayMs, undefined, { signal: this.#stop.signal }).catch(() => {})
      }
    }
    return work()
  }
}
