import { EventEmitter } from 'node:events'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { InFlightJobs } from '../in-flight-jobs.ts'
import { checkJobName, decodeJob, encodeJob, encodeMessage, parseJson } from '../job.ts'
import type { ConsumeOptions, Job, JobConsumer, JobOutcome, Queue } from '../queue.ts'

/** What the queue may hold, jobs that run included. */
export interface LocalQueueLimits {
  readonly maxJobs: number
  /** Of the jobs as JSON. */
  readonly maxBytes: number
}

const defaults: LocalQueueLimits = { maxJobs: 10_000, maxBytes: 64 * 1024 * 1024 }

/** A queue within this process: what waits in it ends with it. */
export function createLocalQueue(options: { logger: Logger } & Partial<LocalQueueLimits>): Queue {
  return new LocalQueue({ ...defaults, ...options })
}

/** A job as it waits: text, so that nobody shares objects with whoever published it. */
interface Entry {
  readonly name: string
  readonly id: string
  readonly text: string
  readonly bytes: number
  attempts: number
  /** Until it may be handed out again. */
  pause?: NodeJS.Timeout
}

/** All jobs of one name that may be handed out, and who takes them. */
class JobQueue {
  readonly waiting = new Set<Entry>()
  readonly consumers = new Set<LocalConsumer>()

  add(entry: Entry): void {
    this.waiting.add(entry)
    this.serve()
  }

  serve(): void {
    for (const consumer of this.consumers) {
      while (consumer.isFree) {
        const [entry] = this.waiting
        if (entry === undefined) return
        this.waiting.delete(entry)
        consumer.take(entry)
      }
    }
  }
}

class LocalQueue implements Queue {
  readonly #limits: LocalQueueLimits
  readonly #logger: Logger
  readonly #entries = new Map<string, Entry>()
  readonly #lines = new Map<string, JobQueue>()
  readonly #topics = new EventEmitter().setMaxListeners(0)
  #bytes = 0
  #closed = false

  constructor({ logger, ...limits }: { logger: Logger } & LocalQueueLimits) {
    this.#limits = limits
    this.#logger = logger
  }

  async enqueue(job: Job): Promise<'queued' | 'duplicate'> {
    const text = encodeJob(job)
    this.#checkOpen()
    const id = `${job.name} ${job.key}`
    if (this.#entries.has(id)) return 'duplicate'
    const bytes = Buffer.byteLength(text)
    const { maxJobs, maxBytes } = this.#limits
    if (this.#entries.size >= maxJobs || this.#bytes + bytes > maxBytes)
      throw new DarkroomError('overloaded', 'Too many jobs are waiting', { retryAfterMs: 5000 })
    const entry = { name: job.name, id, text, bytes, attempts: 0 }
    this.#entries.set(id, entry)
    this.#bytes += bytes
    this.#line(job.name).add(entry)
    return 'queued'
  }

  async consume(name: string, options: ConsumeOptions): Promise<JobConsumer> {
    checkJobName(name)
    this.#checkOpen()
    const line = this.#line(name)
    const settle = (entry: Entry, outcome: JobOutcome) => this.#settle(entry, outcome)
    const consumer = new LocalConsumer({ ...options, line, settle, logger: this.#logger })
    line.consumers.add(consumer)
    line.serve()
    return consumer
  }

  broadcast(topic: string, message: unknown): void {
    const text = encodeMessage(message)
    if (text === undefined) this.#logger.error({ topic }, 'a message cannot be announced')
    // as over a network: not before the caller goes on
    else if (!this.#closed) setImmediate(() => this.#topics.emit(`:${topic}`, text))
  }

  subscribe(topic: string, hear: (message: unknown) => void): () => void {
    const listener = (text: string) => {
      try {
        hear(parseJson(text))
      } catch (error) {
        this.#logger.error({ err: error, topic }, 'a listener threw')
      }
    }
    // an EventEmitter treats the name `error` specially, so no topic is a bare name
    this.#topics.on(`:${topic}`, listener)
    return () => this.#topics.off(`:${topic}`, listener)
  }

  async countPending(name: string): Promise<number> {
    checkJobName(name)
    this.#checkOpen()
    let count = 0
    for (const entry of this.#line(name).waiting) if (entry.attempts === 0) count++
    return count
  }

  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#checkOpen()
  }

  async close(): Promise<void> {
    this.#closed = true
    const consumers = [...this.#lines.values()].flatMap(({ consumers }) => [...consumers])
    await Promise.all(consumers.map(consumer => consumer.drain(0)))
    for (const { pause } of this.#entries.values()) clearTimeout(pause)
    this.#entries.clear()
    this.#lines.clear()
    this.#topics.removeAllListeners()
  }

  #settle(entry: Entry, outcome: JobOutcome): void {
    if (outcome.kind === 'done') {
      this.#entries.delete(entry.id)
      this.#bytes -= entry.bytes
    } else if (outcome.delayMs === 0 || this.#closed) {
      this.#line(entry.name).add(entry)
    } else {
      entry.pause = setTimeout(() => this.#line(entry.name).add(entry), outcome.delayMs)
      // jobs end with the process, so none of them keeps it alive
      entry.pause.unref()
    }
  }

  #line(name: string): JobQueue {
    let line = this.#lines.get(name)
    if (line === undefined) {
      line = new JobQueue()
      this.#lines.set(name, line)
    }
    return line
  }

  #checkOpen(): void {
    if (this.#closed) throw new DarkroomError('unavailable', 'The queue is closed')
  }
}

interface LocalConsumeOptions extends ConsumeOptions {
  readonly line: JobQueue
  readonly settle: (entry: Entry, outcome: JobOutcome) => void
  readonly logger: Logger
}

class LocalConsumer implements JobConsumer {
  readonly #options: LocalConsumeOptions
  readonly #hand: InFlightJobs

  constructor(options: LocalConsumeOptions) {
    this.#options = options
    this.#hand = new InFlightJobs(options.handle, options.logger)
  }

  get isFree(): boolean {
    return this.#hand.size < this.#options.concurrency
  }

  take(entry: Entry): void {
    const job = decodeJob(entry.name, entry.text)
    if (job === undefined) throw new DarkroomError('internal', 'A job that was taken cannot be read')
    const delivery = { job, attempt: ++entry.attempts }
    const settle = async (outcome: JobOutcome) => this.#options.settle(entry, outcome)
    void this.#hand.run({ delivery, settle }).then(() => this.#options.line.serve())
  }

  async drain(withinMs: number): Promise<void> {
    this.#options.line.consumers.delete(this)
    await this.#hand.drain(withinMs)
  }
}
