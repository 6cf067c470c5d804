import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { Derivative } from '../cache/memory-tier.ts'
import { renewable } from '../cache/wholeness.ts'
import { Semaphore } from '../concurrency/semaphore.ts'
import { messageOf } from '../errors/catalogue.ts'
import type { DerivativeRepository, NewDerivative } from '../metadata/derivatives.ts'
import type { StrayDerivativeRepository } from '../metadata/stray-derivatives.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import { BatchInserter } from './batch-inserter.ts'

/** How many objects are written at once, and how many may wait, also in bytes. */
const maxConcurrentWrites = 4
const maxWaitingWrites = 20_000
const maxPendingBytes = 128 * 1024 * 1024
/** How long an object may wait to be written, in milliseconds: far less than a stray is kept. */
const maxWaitMs = 600_000
/** The delays before retries, in milliseconds. */
const retryDelaysMs = [250, 1_000, 4_000]
/** How long the rows of derivatives wait for others, in milliseconds: before the object is written, and afterwards. */
const batchDelays = {
  begin: { delayMs: 50, busyDelayMs: 100 },
  // lists show a derivative only once it has a row
  record: { delayMs: 250, busyDelayMs: 250 },
}

export interface DerivativeWriterParts {
  readonly store: ObjectStore
  readonly derivatives: DerivativeRepository
  readonly strays: Pick<StrayDerivativeRepository, 'begin' | 'end'>
  readonly logger: Logger
  /** Called for each derivative that is stored and has a row; must not throw. */
  readonly onStored: (derivative: Derivative, row: NewDerivative) => void
}

/**
 * Writes rendered derivatives to the store and the database asynchronously. A derivative whose writes keep failing,
 * or that comes while too many bytes are pending, is dropped: it can be rendered again.
 */
export class DerivativeWriter {
  readonly #parts: DerivativeWriterParts
  readonly #strays: BatchInserter<NewDerivative, string>
  readonly #rows: BatchInserter<NewDerivative, boolean>
  readonly #slots = new Semaphore({
    permits: maxConcurrentWrites,
    maxWaiting: maxWaitingWrites,
    what: 'derivative writes',
    retryAfterMs: 1_000,
  })
  readonly #inProgress = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #pendingBytes = 0

  constructor(parts: DerivativeWriterParts) {
    this.#parts = parts
    // each write listens, and thousands may wait: their number is bounded, so it is no leak
    setMaxListeners(0, this.#stop.signal)
    const { derivatives, strays } = parts
    const nameOf = ({ imageId, fileName }: NewDerivative) => `${imageId}/${fileName}`
    this.#strays = new BatchInserter({
      ...batchDelays.begin,
      nameOf,
      insert: batch => strays.begin(batch),
    })
    this.#rows = new BatchInserter({
      ...batchDelays.record,
      nameOf,
      async insert(batch) {
        const rejected = new Set(await derivatives.record(batch))
        return batch.map(row => !rejected.has(row))
      },
    })
  }

  /**
   * Enqueues a derivative to be written; never waits and never throws. The result resolves when the derivative is stored
   * and has a row, or is dropped.
   */
  enqueue(derivative: Derivative, row: NewDerivative): Promise<void> {
    const { key, data } = derivative
    if (this.#pendingBytes + data.length > maxPendingBytes) {
      this.#parts.logger.warn({ key }, 'derivative not stored: too many bytes are waiting to be written')
      return Promise.resolve()
    }
    this.#pendingBytes += data.length
    const done = this.#write(derivative, row)
      .catch(error =>
        this.#parts.logger.warn({ key, reason: messageOf(error) }, 'failed to write derivative'),
      )
      .finally(() => {
        this.#pendingBytes -= data.length
        this.#inProgress.delete(done)
      })
    this.#inProgress.add(done)
    return done
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

  /**
   * Writes the object before its row, so that no row names an object that does not exist. Until then a stray leads to
   * the object: the sweep deletes what a crash leaves behind.
   */
  async #write(derivative: Derivative, row: NewDerivative): Promise<void> {
    const { store, strays, onStored } = this.#parts
    const { signal } = this.#stop
    const strayId = await this.#retry(() => this.#strays.insert(row))
    const begunAt = performance.now()
    await this.#slots.run(async () => {
      if (performance.now() - begunAt > maxWaitMs) throw new Error('waited too long to be written')
      await this.#retry(() => this.#put(derivative))
    }, signal)
    if (await this.#retry(() => this.#rows.insert({ ...row, strayId }))) return onStored(derivative, row)
    // the image and its derivatives were deleted or changed meanwhile
    await this.#retry(() => store.delete([derivative.key], signal))
    await this.#retry(() => strays.end([strayId]))
  }

  #put({ key, data, contentType }: Derivative): Promise<boolean> {
    return this.#parts.store.put(key, data, { ...renewable(data, contentType), signal: this.#stop.signal })
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
