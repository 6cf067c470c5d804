import { DarkroomError } from '../../errors/catalogue.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { currentTraceparent } from '../../telemetry/tracing.ts'
import { InFlightJobs } from '../in-flight-jobs.ts'
import { checkJobName, decodeJob, encodeJob, encodeMessage } from '../job.ts'
import type { ConsumeOptions, HostedQueue, Job, JobConsumer, JobOutcome } from '../queue.ts'
import { Topics } from '../topics.ts'

/** The capacity of the queue, including jobs that run. */
export interface LocalQueueLimits {
  readonly maxJobs: number
  /** The total size of the encoded jobs. */
  readonly maxBytes: number
}

const defaults: LocalQueueLimits = { maxJobs: 10_000, maxBytes: 64 * 1024 * 1024 }

/** A queue in the memory of this process. Its jobs are lost when the process ends. */
export function createLocalQueue(options: { logger: Logger } & Partial<LocalQueueLimits>): HostedQueue {
  return new LocalQueue({ ...defaults, ...options })
}

/** A stored job. It is encoded, so that publisher and handler never share an object. */
interface Entry {
  readonly name: string
  readonly id: string
  readonly text: string
  readonly bytes: number
  readonly storedAt: number
  readonly traceparent: string | undefined
  attempts: number
  /** Set while the job waits for its retry. */
  retryTimer?: NodeJS.Timeout
}

/** The jobs of one name that are ready, and their consumers. */
class JobQueue {
  readonly ready = new Set<Entry>()
  readonly consumers = new Set<LocalConsumer>()

  add(entry: Entry): void {
    this.ready.add(entry)
    this.dispatch()
  }

  /** Gives ready jobs to consumers with free capacity, to those first that have the fewest. */
  dispatch(): void {
    for (const entry of this.ready) {
      const free = [...this.consumers].filter(consumer => consumer.hasCapacity)
      const [first] = free.sort((one, other) => one.load - other.load)
      if (first === undefined) return
      this.ready.delete(entry)
      first.take(entry)
    }
  }
}

class LocalQueue implements HostedQueue {
  readonly #limits: LocalQueueLimits
  readonly #logger: Logger
  readonly #entries = new Map<string, Entry>()
  readonly #queues = new Map<string, JobQueue>()
  readonly #topics: Topics
  #bytes = 0
  #closed = false

  constructor({ logger, ...limits }: { logger: Logger } & LocalQueueLimits) {
    this.#limits = limits
    this.#logger = logger
    this.#topics = new Topics(logger)
  }

  async enqueue(job: Job, traceparent = currentTraceparent()): Promise<'queued' | 'duplicate'> {
    const text = encodeJob(job)
    this.#checkOpen()
    const id = `${job.name} ${job.key}`
    if (this.#entries.has(id)) return 'duplicate'
    const bytes = Buffer.byteLength(text)
    const { maxJobs, maxBytes } = this.#limits
    if (this.#entries.size >= maxJobs || this.#bytes + bytes > maxBytes)
      throw new DarkroomError('overloaded', 'too many jobs are waiting', { retryAfterMs: 5000 })
    const entry = { name: job.name, id, text, bytes, storedAt: Date.now(), traceparent, attempts: 0 }
    this.#entries.set(id, entry)
    this.#bytes += bytes
    this.#queueOf(job.name).add(entry)
    return 'queued'
  }

  async consume(name: string, options: ConsumeOptions): Promise<JobConsumer> {
    checkJobName(name)
    this.#checkOpen()
    const queue = this.#queueOf(name)
    const settle = (entry: Entry, outcome: JobOutcome) => this.#settle(entry, outcome)
    const consumer = new LocalConsumer({ ...options, queue, settle, logger: this.#logger })
    queue.consumers.add(consumer)
    queue.dispatch()
    return consumer
  }

  broadcast(topic: string, message: unknown): void {
    const text = encodeMessage(message)
    if (text === undefined) this.#logger.error({ topic }, 'message cannot be broadcast')
    // delivered after the caller has returned, as over a network
    else if (!this.#closed) setImmediate(() => this.#topics.emit(topic, text))
  }

  subscribe(topic: string, receive: (message: unknown) => void): () => void {
    return this.#topics.subscribe(topic, receive)
  }

  async countPending(name: string): Promise<number> {
    checkJobName(name)
    this.#checkOpen()
    let count = 0
    for (const entry of this.#queueOf(name).ready) if (entry.attempts === 0) count++
    return count
  }

  async findOldestPending(name: string): Promise<number | undefined> {
    checkJobName(name)
    this.#checkOpen()
    // in the order in which they were enqueued, but for those that have been delivered before
    for (const entry of this.#queueOf(name).ready) if (entry.attempts === 0) return entry.storedAt
    return undefined
  }

  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#checkOpen()
  }

  async close(): Promise<void> {
    this.#closed = true
    const consumers = [...this.#queues.values()].flatMap(({ consumers }) => [...consumers])
    await Promise.all(consumers.map(consumer => consumer.drain(0)))
    for (const { retryTimer } of this.#entries.values()) clearTimeout(retryTimer)
    this.#entries.clear()
    this.#queues.clear()
    this.#topics.close()
  }

  #settle(entry: Entry, outcome: JobOutcome): void {
    if (outcome.kind === 'done') {
      this.#entries.delete(entry.id)
      this.#bytes -= entry.bytes
    } else if (outcome.delayMs === 0 || this.#closed) {
      this.#queueOf(entry.name).add(entry)
    } else {
      entry.retryTimer = setTimeout(() => this.#queueOf(entry.name).add(entry), outcome.delayMs)
      // a waiting job must not keep the process alive, because it ends with the process
      entry.retryTimer.unref()
    }
  }

  #queueOf(name: string): JobQueue {
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      queue = new JobQueue()
      this.#queues.set(name, queue)
    }
    return queue
  }

  #checkOpen(): void {
    if (this.#closed) throw new DarkroomError('unavailable', 'the queue is closed')
  }
}

interface LocalConsumeOptions extends ConsumeOptions {
  readonly queue: JobQueue
  readonly settle: (entry: Entry, outcome: JobOutcome) => void
  readonly logger: Logger
}

class LocalConsumer implements JobConsumer {
  readonly #options: LocalConsumeOptions
  readonly #inFlight: InFlightJobs

  constructor(options: LocalConsumeOptions) {
    this.#options = options
    this.#inFlight = new InFlightJobs(options.handle, options.logger)
  }

  /** The number of jobs that it handles. */
  get load(): number {
    return this.#inFlight.size
  }

  get hasCapacity(): boolean {
    return this.load < this.#options.concurrency
  }

  take(entry: Entry): void {
    const job = decodeJob(entry.name, entry.text)
    if (job === undefined) throw new DarkroomError('internal', 'a stored job could not be decoded')
    const { storedAt, traceparent } = entry
    const delivery = { job, attempt: ++entry.attempts, storedAt, ...(traceparent && { traceparent }) }
    const settle = async (outcome: JobOutcome) => this.#options.settle(entry, outcome)
    void this.#inFlight.run({ delivery, settle }).then(() => this.#options.queue.dispatch())
  }

  async drain(withinMs: number): Promise<void> {
    this.#options.queue.consumers.delete(this)
    await this.#inFlight.drain(withinMs)
  }
}
