import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from 'nats'
import { maxJobBytes } from '../../job.ts'
import { removeAcknowledged } from './acknowledged.ts'
import type { NatsClient } from './client.ts'
import type { NatsNames } from './names.ts'

/** The capacity of the stream, and its acknowledgement timeout. */
export interface NatsQueueLimits {
  readonly maxJobs: number
  readonly maxBytes: number
  /** How long a job stays with a consumer that reports no progress, in milliseconds. */
  readonly ackWaitMs: number
}

/**
 * The pulls that may wait at one consumer: one for each job that all workers can handle at the same time. The server
 * rejects a change of this limit for an existing consumer.
 */
const maxPulls = 4096
/** Replicas of the stream in a cluster. */
const replicas = 3

interface StreamTopologyOptions {
  readonly client: NatsClient
  readonly manager: JetStreamManager
  readonly names: NatsNames
  readonly limits: NatsQueueLimits
}

/**
 * The stream and its consumers, created when they are missing. A server that lost its data numbers its jobs from one
 * again, so the acknowledgement of an old job could be taken for that of a new one. The creation time of the stream
 * tells them apart.
 */
export class StreamTopology {
  readonly #options: StreamTopologyOptions
  readonly #consumers = new Map<string, Promise<unknown>>()
  #stream: Promise<number> | undefined
  #createdAt: number | undefined

  constructor(options: StreamTopologyOptions) {
    this.#options = options
    options.client.on('disconnected', () => this.invalidate())
  }

  /** When the stream was created, in Unix milliseconds; undefined until `ensureStream` has checked it. */
  get createdAt(): number | undefined {
    return this.#createdAt
  }

  /** Creates or updates the stream if necessary. @returns when it was created @throws DarkroomError or NatsError */
  ensureStream(): Promise<number> {
    if (this.#stream === undefined) {
      const stream = this.#checkStream()
      this.#stream = stream
      stream.catch(() => {
        if (this.#stream === stream) this.#stream = undefined
      })
    }
    return this.#stream
  }

  /** Creates the consumer for jobs of this name if necessary. @throws DarkroomError or NatsError */
  async ensureConsumer(name: string): Promise<void> {
    await this.ensureStream()
    let consumer = this.#consumers.get(name)
    if (consumer === undefined) {
      consumer = this.#createConsumer(name)
      this.#consumers.set(name, consumer)
      consumer.catch(() => this.#consumers.delete(name))
    }
    await consumer
  }

  /** Forgets what was checked, so that the next caller checks stream and consumers again. */
  invalidate(): void {
    // a check in progress sees the current state anyway
    if (this.#createdAt === undefined && this.#options.client.isConnected) return
    this.#createdAt = undefined
    this.#stream = undefined
    this.#consumers.clear()
  }

  async #checkStream(): Promise<number> {
    this.#options.client.requireConnection()
    const { manager, names } = this.#options
    const found = await unlessMissing(manager.streams.info(names.stream))
    const stream = found ? await this.#updateStream(found) : await this.#createStream()
    this.#createdAt = Date.parse(stream.created)
    return this.#createdAt
  }

  /** Several processes may do this at the same time: they create the same stream. */
  async #createStream(): Promise<StreamInfo> {
    const { client, manager, names } = this.#options
    const add = (num_replicas: number) =>
      manager.streams.add({ name: names.stream, ...this.#bounds(), ...workQueue, num_replicas })
    if (client.connection.info?.cluster === undefined) return add(1)
    try {
      return await add(replicas)
    } catch (error) {
      // a cluster with fewer servers than replicas refuses; after any other refusal the second call fails as well
      if (error instanceof NatsError && error.api_error) return add(1)
      throw error
    }
  }

  async #updateStream(found: StreamInfo): Promise<StreamInfo> {
    const { manager, names } = this.#options
    const { max_msgs, max_bytes, max_msg_size, subjects } = found.config
    const current = { subjects, max_msgs, max_bytes, max_msg_size }
    const wanted = this.#bounds()
    if (JSON.stringify(current) === JSON.stringify(wanted)) return found
    return manager.streams.update(names.stream, wanted)
  }

  #bounds() {
    const { names, limits } = this.#options
    return {
      subjects: [names.allJobSubjects],
      max_msgs: limits.maxJobs,
      max_bytes: limits.maxBytes,
      max_msg_size: maxJobBytes,
    }
  }

  /** Repairs what a killed server has left. Leaves a correct consumer alone: a cluster votes on every change, and all workers come here at the same time. */
  async #createConsumer(name: string): Promise<void> {
    const { manager, names, limits } = this.#options
    const found = await unlessMissing(manager.consumers.info(names.stream, name))
    if (found) {
      const acknowledged = found.ack_floor.stream_seq
      await removeAcknowledged(manager, {
        stream: names.stream,
        subjects: names.jobSubjects(name),
        acknowledged,
      })
    }
    if (found?.config.ack_wait === nanos(limits.ackWaitMs)) return
    await manager.consumers.add(names.stream, {
      durable_name: name,
      filter_subject: names.jobSubjects(name),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(limits.ackWaitMs),
      deliver_policy: DeliverPolicy.All,
      max_deliver: -1,
      // jobs that wait for a retry count too: with a lower limit than the stream's, they would block all others
      max_ack_pending: limits.maxJobs,
      max_waiting: maxPulls,
    })
  }
}

/** A job is in the stream at most once, and is removed when it is acknowledged. */
const workQueue = {
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  discard_new_per_subject: true,
  max_msgs_per_subject: 1,
} as const

async function unlessMissing<T>(info: Promise<T>): Promise<T | undefined> {
  try {
    return await info
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined
    throw error
  }
}
