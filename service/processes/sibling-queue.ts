import { DarkroomError } from '../errors/catalogue.ts'
import { checkJobName, encodeJob, encodeMessage } from '../queue/job.ts'
import type { ConsumeOptions, Job, JobConsumer, Queue } from '../queue/queue.ts'
import { Topics } from '../queue/topics.ts'
import type { Logger } from '../telemetry/logger.ts'
import { currentTraceparent } from '../telemetry/tracing.ts'
import type { Peer } from './peer.ts'
import type { ConsumerMethods, QueueMethods } from './protocol.ts'

/** The queue of the supervisor, as a process uses it. */
export class SiblingQueue implements Queue {
  readonly #peer: Pick<Peer<QueueMethods>, 'call' | 'notify'>
  readonly #logger: Logger
  readonly #handlers = new Map<number, ConsumeOptions['handle']>()
  readonly #runs = new Map<number, AbortController>()
  readonly #topics: Topics
  #consumers = 0
  #closed = false

  /** What the supervisor calls. */
  readonly methods: ConsumerMethods = {
    handle: async (consumer, run, delivery) => {
      const handle = this.#handlers.get(consumer)
      if (handle === undefined) return { kind: 'retry', delayMs: 0 }
      const controller = new AbortController()
      this.#runs.set(run, controller)
      try {
        return await handle(delivery, controller.signal)
      } finally {
        this.#runs.delete(run)
      }
    },
    abort: run => this.#runs.get(run)?.abort(new Error('the consumer was drained before the job finished')),
    receive: (topic, text) => void this.#topics.emit(topic, text),
  }

  constructor(peer: Pick<Peer<QueueMethods>, 'call' | 'notify'>, logger: Logger) {
    this.#peer = peer
    this.#logger = logger
    this.#topics = new Topics(logger)
  }

  async enqueue(job: Job): Promise<'queued' | 'duplicate'> {
    // encoded here, where its caller learns what is wrong with it
    const plain: Job = { ...JSON.parse(encodeJob(job)), name: job.name }
    this.#checkOpen()
    return this.#peer.call('enqueue', plain, currentTraceparent())
  }

  async consume(name: string, { concurrency, handle }: ConsumeOptions): Promise<JobConsumer> {
    checkJobName(name)
    this.#checkOpen()
    const number = ++this.#consumers
    this.#handlers.set(number, handle)
    await this.#peer.call('consume', number, name, concurrency)
    return {
      drain: async withinMs => {
        if (this.#handlers.has(number)) await this.#drain(number, withinMs)
      },
    }
  }

  broadcast(topic: string, message: unknown): void {
    const text = encodeMessage(message)
    if (text === undefined) this.#logger.error({ topic }, 'message cannot be broadcast')
    else if (!this.#closed) this.#peer.notify('broadcast', topic, text)
  }

  subscribe(topic: string, receive: (message: unknown) => void): () => void {
    return this.#topics.subscribe(topic, receive)
  }

  async countPending(name: string): Promise<number> {
    checkJobName(name)
    this.#checkOpen()
    return this.#peer.call('countPending', name)
  }

  async findOldestPending(name: string): Promise<number | undefined> {
    checkJobName(name)
    this.#checkOpen()
    return this.#peer.call('findOldestPending', name)
  }

  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#checkOpen()
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#handlers.keys()].map(number => this.#drain(number, 0)))
    this.#topics.close()
  }

  /** Without a supervisor there is no queue to return jobs to: they end at once. */
  async #drain(number: number, withinMs: number): Promise<void> {
    await this.#peer.call('drain', number, withinMs).catch(() => {
      for (const controller of this.#runs.values()) controller.abort(new Error('the supervisor has ended'))
    })
    this.#handlers.delete(number)
  }

  #checkOpen(): void {
    if (this.#closed) throw new DarkroomError('unavailable', 'the queue is closed')
  }
}
