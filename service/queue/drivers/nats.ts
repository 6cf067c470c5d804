import { headers, type JetStreamClient, type JetStreamManager, type Msg, type MsgHdrs } from 'nats'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { currentTraceparent } from '../../telemetry/tracing.ts'
import type { NatsLocation } from '../config.ts'
import { checkJobName, encodeJob, encodeMessage, parseJson } from '../job.ts'
import type { ConsumeOptions, Job, JobConsumer, Queue } from '../queue.ts'
import { NatsClient } from './nats/client.ts'
import { NatsConsumer } from './nats/consumer.ts'
import { isDuplicateJob, isStreamMissing, toQueueError } from './nats/errors.ts'
import { NatsNames } from './nats/names.ts'
import { type NatsQueueLimits, StreamTopology } from './nats/topology.ts'

/** How long the server may take to store a job, in milliseconds. */
const publishMs = 800
/** How long any other call may take, in milliseconds. */
const apiMs = 3_000

const defaults: NatsQueueLimits = { maxJobs: 100_000, maxBytes: 256 * 1024 * 1024, ackWaitMs: 30_000 }

/**
 * Opens a queue in NATS JetStream (server 2.9.2 or newer): a durable work queue, shared by all processes with the same
 * prefix. It creates and updates its stream and consumers. A single server flushes each job to its disk only when its
 * `sync_interval` is `always`, as in `config/nats.conf`: otherwise a power cut, but not a crash, can lose the latest jobs.
 * @throws DarkroomError `unavailable` when the server cannot be reached or has no JetStream
 */
export async function openNatsQueue(
  options: { location: NatsLocation; logger: Logger } & Partial<NatsQueueLimits>,
): Promise<Queue> {
  const { location, logger, ...limits } = options
  const client = await NatsClient.open(location, logger)
  try {
    return await NatsQueue.open({
      client,
      logger,
      names: new NatsNames(location.prefix),
      limits: { ...defaults, ...limits },
    })
  } catch (error) {
    await client.close()
    throw new DarkroomError('unavailable', 'JetStream of the NATS server cannot be used', { cause: error })
  }
}

interface NatsQueueOptions {
  readonly client: NatsClient
  readonly logger: Logger
  readonly names: NatsNames
  readonly limits: NatsQueueLimits
}

class NatsQueue implements Queue {
  readonly #options: NatsQueueOptions
  readonly #manager: JetStreamManager
  readonly #jetStream: JetStreamClient
  readonly #topology: StreamTopology
  readonly #consumers = new Set<JobConsumer>()

  private constructor(options: NatsQueueOptions, manager: JetStreamManager) {
    const { client, logger } = options
    this.#options = options
    this.#manager = manager
    this.#jetStream = manager.jetstream()
    this.#topology = new StreamTopology({ ...options, manager })
    const restore = () =>
      this.#topology
        .ensureStream()
        .catch(error => logger.warn({ err: error }, 'job stream is not available yet'))
    client.on('reconnected', () => void restore())
  }

  static async open(options: NatsQueueOptions): Promise<NatsQueue> {
    const manager = await options.client.connection.jetstreamManager({ timeout: apiMs })
    const queue = new NatsQueue(options, manager)
    await queue.#topology.ensureStream()
    return queue
  }

  async enqueue(job: Job): Promise<'queued' | 'duplicate'> {
    const text = encodeJob(job)
    this.#options.client.requireConnection()
    const subject = this.#options.names.jobSubject(job.name, job.key)
    return respondBefore(AbortSignal.timeout(publishMs), this.#publish(subject, text))
  }

  async consume(name: string, options: ConsumeOptions): Promise<JobConsumer> {
    checkJobName(name)
    const { client, names, limits, logger } = this.#options
    client.requireConnection()
    const topology = this.#topology
    await respondBefore(AbortSignal.timeout(apiMs), topology.ensureConsumer(name))
    const { ackWaitMs } = limits
    const consumer = new NatsConsumer({ ...options, name, client, names, topology, ackWaitMs, logger })
    this.#consumers.add(consumer)
    return {
      drain: async withinMs => {
        await consumer.drain(withinMs)
        this.#consumers.delete(consumer)
      },
    }
  }

  broadcast(topic: string, message: unknown): void {
    const { client, names, logger } = this.#options
    const text = encodeMessage(message)
    if (text === undefined) logger.error({ topic }, 'message cannot be broadcast')
    else if (client.isConnected) client.connection.publish(names.topicSubject(topic), text)
  }

  subscribe(topic: string, receive: (message: unknown) => void): () => void {
    const { client, names, logger } = this.#options
    if (client.connection.isClosed()) return () => {}
    const callback = (error: Error | null, message: Msg) => {
      try {
        if (error) throw error
        receive(parseJson(Buffer.from(message.data).toString()))
      } catch (error) {
        logger.error({ err: error, topic }, 'subscriber threw')
      }
    }
    const subscription = client.connection.subscribe(names.topicSubject(topic), { callback })
    return () => subscription.unsubscribe()
  }

  async countPending(name: string): Promise<number> {
    checkJobName(name)
    this.#options.client.requireConnection()
    const { stream } = this.#options.names
    const info = this.#topology.ensureConsumer(name).then(() => this.#manager.consumers.info(stream, name))
    return (await respondBefore(AbortSignal.timeout(apiMs), info)).num_pending
  }

  async findOldestPending(name: string): Promise<number | undefined> {
    checkJobName(name)
    this.#options.client.requireConnection()
    return respondBefore(AbortSignal.timeout(apiMs), this.#findOldestPending(name))
  }

  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#options.client.requireConnection()
    const { stream } = this.#options.names
    await respondBefore(
      signal,
      this.#withStream(() => this.#manager.streams.info(stream)),
    )
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map(consumer => consumer.drain(0)))
    await this.#options.client.close()
  }

  async #findOldestPending(name: string): Promise<number | undefined> {
    const { names } = this.#options
    const { stream } = names
    await this.#topology.ensureConsumer(name)
    const { num_pending: pending, delivered } = await this.#manager.consumers.info(stream, name)
    if (pending === 0) return undefined
    // the server knows this query since 2.7, the types of the client do not
    const query = { seq: delivered.stream_seq + 1, next_by_subj: names.jobSubjects(name) }
    const message = await this.#manager.streams.getMessage(stream, query).catch(error => {
      // another process has taken it meanwhile
      if (isStreamMissing(error)) return undefined
      throw error
    })
    return message?.time.getTime()
  }

  async #publish(subject: string, text: string): Promise<'queued' | 'duplicate'> {
    const expect = { streamName: this.#options.names.stream }
    const trace = traceHeadersOf()
    const options = { timeout: publishMs, expect, ...(trace && { headers: trace }) }
    try {
      await this.#withStream(() => this.#jetStream.publish(subject, text, options))
      return 'queued'
    } catch (error) {
      if (isDuplicateJob(error)) return 'duplicate'
      throw error
    }
  }

  /** Makes a request. When the stream is missing because the server lost its data, creates it and retries once. */
  async #withStream<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      if (!isStreamMissing(error)) throw error
      this.#topology.invalidate()
      await this.#topology.ensureStream()
      return request()
    }
  }
}

/** The current trace as headers of a message. */
function traceHeadersOf(): MsgHdrs | undefined {
  const traceparent = currentTraceparent()
  if (traceparent === undefined) return undefined
  const all = headers()
  all.set('traceparent', traceparent)
  return all
}

/** Waits for a response until the signal aborts. @throws DarkroomError `unavailable` or `overloaded` */
async function respondBefore<T>(signal: AbortSignal, response: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    return await Promise.race([response, aborted])
  } catch (error) {
    throw toQueueError(error)
  }
}
