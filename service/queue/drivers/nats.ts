import type { JetStreamClient, JetStreamManager, Msg } from 'nats'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { NatsPlace } from '../config.ts'
import { checkName, encodeJob, encodeMessage, fromJson } from '../job.ts'
import type { ConsumeOptions, Consumer, Job, Queue } from '../queue.ts'
import { NatsConsumer } from './nats/consumer.ts'
import { isDuplicate, isMissing, toDarkroomError } from './nats/errors.ts'
import { Link } from './nats/link.ts'
import { Names } from './nats/names.ts'
import { type NatsLimits, Topology } from './nats/topology.ts'

/** How long the server may take to store a job, in milliseconds. */
const publishMs = 800
/** How long it may take for anything else. */
const apiMs = 3_000

const defaults: NatsLimits = { maxJobs: 100_000, maxBytes: 256 * 1024 * 1024, ackWaitMs: 30_000 }

/**
 * A queue in NATS JetStream (server 2.9.2 or newer): a work queue that survives its server, shared by all processes
 * with its prefix. The stream and its consumers are made and adjusted here. A lone server writes jobs through to its
 * disk at once only if its `sync_interval` says so: else a power cut (not a crash) can cost the last of them.
 * @throws DarkroomError `unavailable` when the server cannot be reached or has no JetStream
 */
export async function openNatsQueue(
  options: { place: NatsPlace; logger: Logger } & Partial<NatsLimits>,
): Promise<Queue> {
  const { place, logger, ...limits } = options
  const link = await Link.open(place, logger)
  try {
    return await NatsQueue.open({
      link,
      logger,
      names: new Names(place.prefix),
      limits: { ...defaults, ...limits },
    })
  } catch (error) {
    await link.close()
    throw new DarkroomError('unavailable', 'NATS is there, but its JetStream cannot be used', {
      cause: error,
    })
  }
}

interface NatsQueueOptions {
  readonly link: Link
  readonly logger: Logger
  readonly names: Names
  readonly limits: NatsLimits
}

class NatsQueue implements Queue {
  readonly #options: NatsQueueOptions
  readonly #manager: JetStreamManager
  readonly #client: JetStreamClient
  readonly #topology: Topology
  readonly #consumers = new Set<Consumer>()

  private constructor(options: NatsQueueOptions, manager: JetStreamManager) {
    const { link, logger } = options
    this.#options = options
    this.#manager = manager
    this.#client = manager.jetstream()
    this.#topology = new Topology({ ...options, manager })
    const restore = () =>
      this.#topology.verify().catch(error => logger.warn({ err: error }, 'the job stream is not there yet'))
    link.on('back', () => void restore())
  }

  static async open(options: NatsQueueOptions): Promise<NatsQueue> {
    const manager = await options.link.connection.jetstreamManager({ timeout: apiMs })
    const queue = new NatsQueue(options, manager)
    await queue.#topology.verify()
    return queue
  }

  async publish(job: Job): Promise<'queued' | 'duplicate'> {
    const text = encodeJob(job)
    this.#options.link.checkUp()
    const subject = this.#options.names.job(job.name, job.key)
    return answered(this.#put(subject, text), AbortSignal.timeout(publishMs))
  }

  async consume(name: string, options: ConsumeOptions): Promise<Consumer> {
    checkName(name)
    const { link, names, limits, logger } = this.#options
    link.checkUp()
    const topology = this.#topology
    await answered(topology.consumer(name), AbortSignal.timeout(apiMs))
    const { ackWaitMs } = limits
    const consumer = new NatsConsumer({ ...options, name, link, names, topology, ackWaitMs, logger })
    this.#consumers.add(consumer)
    return {
      drain: async withinMs => {
        await consumer.drain(withinMs)
        this.#consumers.delete(consumer)
      },
    }
  }

  announce(topic: string, message: unknown): void {
    const { link, names, logger } = this.#options
    const text = encodeMessage(message)
    if (text === undefined) logger.error({ topic }, 'a message cannot be announced')
    else if (link.isUp) link.connection.publish(names.event(topic), text)
  }

  listen(topic: string, hear: (message: unknown) => void): () => void {
    const { link, names, logger } = this.#options
    if (link.connection.isClosed()) return () => {}
    const callback = (error: Error | null, message: Msg) => {
      try {
        if (error) throw error
        hear(fromJson(Buffer.from(message.data).toString()))
      } catch (error) {
        logger.error({ err: error, topic }, 'a listener failed')
      }
    }
    const subscription = link.connection.subscribe(names.event(topic), { callback })
    return () => subscription.unsubscribe()
  }

  async waiting(name: string): Promise<number> {
    checkName(name)
    this.#options.link.checkUp()
    const { stream } = this.#options.names
    const info = this.#topology.consumer(name).then(() => this.#manager.consumers.info(stream, name))
    return (await answered(info, AbortSignal.timeout(apiMs))).num_pending
  }

  async check(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    this.#options.link.checkUp()
    const { stream } = this.#options.names
    await answered(
      this.#retried(() => this.#manager.streams.info(stream)),
      signal,
    )
  }

  async close(): Promise<void> {
    await Promise.all([...this.#consumers].map(consumer => consumer.drain(0)))
    await this.#options.link.close()
  }

  async #put(subject: string, text: string): Promise<'queued' | 'duplicate'> {
    const expect = { streamName: this.#options.names.stream }
    try {
      await this.#retried(() => this.#client.publish(subject, text, { timeout: publishMs, expect }))
      return 'queued'
    } catch (error) {
      if (isDuplicate(error)) return 'duplicate'
      throw error
    }
  }

  /** A server that lost its data gets its stream again, and is asked once more. */
  async #retried<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      if (!isMissing(error)) throw error
      this.#topology.doubt()
      await this.#topology.verify()
      return request()
    }
  }
}

/** @throws the signal's reason where the caller gave it, else DarkroomError `unavailable` or `overloaded` */
async function answered<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    throw toDarkroomError(error)
  }
}
