import { randomUUID } from 'node:crypto'
import { DarkroomError, type ErrorCode, messageOf } from '../errors/catalogue.ts'
import type { UsageBatch, UsageRepository } from '../metadata/usage-rollups.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type RequestCounts, UsageCounters } from './usage-counters.ts'

/** How often what was counted is written, in milliseconds. */
const flushMs = 10_000
const dayMs = 86_400_000
/** How many batches wait for the database: one, and one more for each midnight that passes meanwhile. */
const mostWaiting = 8
/** How often a batch is sent that the database refuses, rather than not answers. */
const mostRefusals = 5

/** What users use, counted in memory and written behind all requests. */
export interface UsageRecorder {
  /** The numbers of a picture, to be added to. */
  countsFor(userId: string, imageId: string, transform: string): RequestCounts
  /** A request of a user was answered with something else than the picture: so many bytes. */
  countOther(userId: string, bytes: number): void
  /** A request of a user was answered with an error. */
  countError(userId: string, code: ErrorCode): void
  /** A development for a user took so many milliseconds. */
  countRender(userId: string, ms: number): void
  /** Writes what was counted; never throws: what cannot be written is kept, and written later. */
  flush(): Promise<void>
  /** Writes once more, and no more after that. */
  close(): Promise<void>
}

export interface UsageRecorderParts {
  readonly rows: Pick<UsageRepository, 'addBatch' | 'trim'>
  readonly logger: Logger
}

/** Counts from now on. A crash loses what was counted since the last flush, and nothing is counted twice. */
export function createUsageRecorder(parts: UsageRecorderParts): UsageRecorder {
  const tally = new UsageCounters()
  const pipe = new Pipe(parts, tally)
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  const untilMidnight = () => dayMs - (Date.now() % dayMs)
  const plan = () => {
    if (isClosed) return
    timer = setTimeout(() => pipe.flush().finally(plan), Math.min(flushMs, untilMidnight())).unref()
  }
  plan()
  return {
    countsFor: (userId, imageId, transform) => tally.countsFor(userId, imageId, transform),
    countOther: (userId, bytes) => tally.countOther(userId, bytes),
    countError: (userId, code) => tally.countError(userId, code),
    countRender: (userId, ms) => tally.countRender(userId, ms),
    flush: () => pipe.flush(),
    async close() {
      isClosed = true
      clearTimeout(timer)
      await pipe.flush()
    },
  }
}

/** Batches on their way to the database, one after the other. */
class Pipe {
  readonly #parts: UsageRecorderParts
  readonly #tally: UsageCounters
  /** Names this process's batches. */
  readonly #writer = randomUUID()
  readonly #waiting: UsageBatch[] = []
  #number = 0
  #refusals = 0
  #day = today()
  #running: Promise<void> = Promise.resolve()

  constructor(parts: UsageRecorderParts, tally: UsageCounters) {
    this.#parts = parts
    this.#tally = tally
  }

  flush(): Promise<void> {
    this.#collect()
    this.#running = this.#running.then(() => this.#send())
    return this.#running
  }

  /** While one batch waits, what is counted stays where it is: it has bounds of its own. Only days are kept apart. */
  #collect(): void {
    const day = this.#day
    if (this.#waiting.length > 0 && day === today()) return
    this.#day = today()
    const counted = this.#tally.drain()
    if (counted === undefined) return
    this.#waiting.push({ writer: this.#writer, number: ++this.#number, day, ...counted })
    if (this.#waiting.length <= mostWaiting) return
    this.#waiting.shift()
    this.#parts.logger.error({ day }, 'the usage of a day is lost: the database was away for too long')
  }

  async #send(): Promise<void> {
    const { rows, logger } = this.#parts
    for (;;) {
      this.#collect()
      const [batch] = this.#waiting
      if (batch === undefined) return
      try {
        const changed = await rows.addBatch(batch)
        this.#done(batch)
        await this.#trim(batch.day, changed)
      } catch (error) {
        logger.warn({ reason: messageOf(error) }, 'usage is not written yet')
        if (error instanceof DarkroomError && error.code === 'unavailable') return
        if (++this.#refusals < mostRefusals) return
        logger.error({ err: error }, 'usage is lost: the database does not take it')
        this.#done(batch)
      }
    }
  }

  #done(batch: UsageBatch): void {
    this.#refusals = 0
    if (this.#waiting[0] === batch) this.#waiting.shift()
  }

  async #trim(day: string, userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return
    const { rows, logger } = this.#parts
    // the next one takes it away
    await rows
      .trim(day, userIds)
      .catch(error => logger.debug({ reason: messageOf(error) }, 'usage was not trimmed'))
  }
}

const today = () => new Date().toISOString().slice(0, 10)
