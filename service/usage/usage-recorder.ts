import { randomUUID } from 'node:crypto'
import { DarkroomError, type ErrorCode, messageOf } from '../errors/catalogue.ts'
import type { UsageBatch, UsageRepository } from '../metadata/usage-rollups.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type RequestCounts, UsageCounters } from './usage-counters.ts'

/** The interval at which the counters are written, in milliseconds. */
const flushMs = 60_000
const dayMs = 86_400_000
/**
 * The most days whose batches wait for the database. During an outage the batches of one flush wait, and those of one more
 * after each midnight, because a batch has the counts of one day.
 */
const maxWaitingDays = 8
/** The most names in one batch, so that its statement ends long before its time-out. */
const maxNamesInBatch = 5_000
/** How many times a batch is sent that the database rejects, or cancels as too slow. Outages do not count. */
const maxRejections = 5

/** Counts the usage of users in memory, and writes it to the database independently of requests. */
export interface UsageRecorder {
  /** The counters of an image and transform, to which callers add. */
  countsFor(userId: string, imageId: string, transform: string): RequestCounts
  /** Counts a request whose response was not the derivative, and the bytes of that response. */
  countOther(userId: string, bytes: number): void
  /** Counts a request that was answered with an error. */
  countError(userId: string, code: ErrorCode): void
  /** Counts a rendering that took so many milliseconds. */
  countRender(userId: string, ms: number): void
  /** Writes the counters. Never throws: what cannot be written is kept and written later. */
  flush(): Promise<void>
  /** Writes a last time. */
  close(): Promise<void>
}

export interface UsageRecorderParts {
  readonly rows: Pick<UsageRepository, 'addBatch' | 'trim'>
  readonly logger: Logger
}

/** Counts from now on. A crash loses what was counted since the last flush. Nothing is counted twice. */
export function createUsageRecorder(parts: UsageRecorderParts): UsageRecorder {
  const counters = new UsageCounters()
  const writer = new UsageWriter(parts, counters)
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  const untilMidnight = () => dayMs - (Date.now() % dayMs)
  const schedule = () => {
    if (isClosed) return
    timer = setTimeout(() => writer.flush().finally(schedule), Math.min(flushMs, untilMidnight())).unref()
  }
  schedule()
  return {
    countsFor: (userId, imageId, transform) => counters.countsFor(userId, imageId, transform),
    countOther: (userId, bytes) => counters.countOther(userId, bytes),
    countError: (userId, code) => counters.countError(userId, code),
    countRender: (userId, ms) => counters.countRender(userId, ms),
    flush: () => writer.flush(),
    async close() {
      isClosed = true
      clearTimeout(timer)
      await writer.flush()
    },
  }
}

/** Writes batches to the database, one after the other. */
class UsageWriter {
  readonly #parts: UsageRecorderParts
  readonly #counters: UsageCounters
  /** Identifies the batches of this process, so that a repeated one is not added twice. */
  readonly #writer = randomUUID()
  readonly #waiting: UsageBatch[] = []
  #number = 0
  #rejections = 0
  #day = today()
  #running: Promise<void> = Promise.resolve()

  constructor(parts: UsageRecorderParts, counters: UsageCounters) {
    this.#parts = parts
    this.#counters = counters
  }

  flush(): Promise<void> {
    this.#collect()
    this.#running = this.#running.then(() => this.#send())
    return this.#running
  }

  /**
   * Makes batches of the counts. While another batch waits, it does so only if a new day has begun: until then the
   * counts stay in the counters, whose size is bounded.
   */
  #collect(): void {
    const day = this.#day
    if (this.#waiting.length > 0 && day === today()) return
    this.#day = today()
    const counted = this.#counters.drain()
    if (counted === undefined) return
    for (const part of inParts(counted))
      this.#waiting.push({ writer: this.#writer, number: ++this.#number, day, ...part })
    const days = new Set(this.#waiting.map(batch => batch.day))
    const [earliest] = days
    if (days.size <= maxWaitingDays || earliest === undefined) return
    while (this.#waiting[0]?.day === earliest) this.#waiting.shift()
    const facts = { day: earliest }
    this.#parts.logger.error(facts, 'lost usage of a day: the database was unavailable for too long')
  }

  async #send(): Promise<void> {
    const { rows, logger } = this.#parts
    for (;;) {
      this.#collect()
      const [batch] = this.#waiting
      if (batch === undefined) return
      try {
        const changed = await rows.addBatch(batch)
        this.#remove(batch)
        await this.#trim(batch.day, changed)
      } catch (error) {
        logger.warn({ reason: messageOf(error) }, 'failed to write usage, will retry')
        if (error instanceof DarkroomError && error.isOutage) return
        if (++this.#rejections < maxRejections) return
        logger.error({ err: error }, 'lost usage: the database rejects it')
        this.#remove(batch)
      }
    }
  }

  #remove(batch: UsageBatch): void {
    this.#rejections = 0
    if (this.#waiting[0] === batch) this.#waiting.shift()
  }

  async #trim(day: string, userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return
    const { rows, logger } = this.#parts
    // after a failure, the next batch trims
    await rows
      .trim(day, userIds)
      .catch(error =>
        logger.debug({ reason: messageOf(error) }, 'failed to remove the less frequent names from usage'),
      )
  }
}

/** The sums of all users come first and alone, so that they do not depend on the names. */
function* inParts({
  days,
  tops,
}: Pick<UsageBatch, 'days' | 'tops'>): Generator<Pick<UsageBatch, 'days' | 'tops'>> {
  yield { days, tops: [] }
  for (let from = 0; from < tops.length; from += maxNamesInBatch)
    yield { days: [], tops: tops.slice(from, from + maxNamesInBatch) }
}

const today = () => new Date().toISOString().slice(0, 10)
