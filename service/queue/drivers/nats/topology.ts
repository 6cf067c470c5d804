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
import type { NatsClient } from './client.ts'
import type { NatsNames } from './names.ts'

/** How the stream is bounded, and how long a job stays with a consumer that says nothing. */
export interface NatsQueueLimits {
  readonly maxJobs: number
  readonly maxBytes: number
  readonly ackWaitMs: number
}

/**
 * Pulls that may wait at one consumer: one for every job that all workers could handle at once. The server refuses to
 * change it for a consumer that exists.
 */
const maxPulls = 4096
/** Copies of the stream in a cluster. */
const copies = 3

interface TopologyOptions {
  readonly client: NatsClient
  readonly manager: JetStreamManager
  readonly names: NatsNames
  readonly limits: NatsQueueLimits
}

/**
 * The stream and its consumers, made where they are missing. A server can lose its data, and then counts its jobs from
 * one again: what is said of an old job would be taken for a new one. So it is known when the stream was made.
 */
export class StreamTopology {
  readonly #options: TopologyOptions
  readonly #consumers = new Map<string, Promise<unknown>>()
  #verified: Promise<number> | undefined
  #created: number | undefined

  constructor(options: TopologyOptions) {
    this.#options = options
    options.client.on('disconnected', () => this.invalidate())
  }

  /** When the stream was made, in milliseconds since 1970; undefined when that has to be looked at. */
  get createdAt(): number | undefined {
    return this.#created
  }

  /** Makes sure that there is a stream. @returns when it was made @throws DarkroomError or NatsError */
  ensureStream(): Promise<number> {
    if (this.#verified === undefined) {
      const verified = this.#look()
      this.#verified = verified
      verified.catch(() => {
        if (this.#verified === verified) this.#verified = undefined
      })
    }
    return this.#verified
  }

  /** Makes sure that there is a consumer for jobs of this name. @throws DarkroomError or NatsError */
  async ensureConsumer(name: string): Promise<void> {
    await this.ensureStream()
    let made = this.#consumers.get(name)
    if (made === undefined) {
      made = this.#makeConsumer(name)
      this.#consumers.set(name, made)
      made.catch(() => this.#consumers.delete(name))
    }
    await made
  }

  /** Something is not as it was: the next who asks looks. */
  invalidate(): void {
    // who looks already will see it
    if (this.#created === undefined && this.#options.client.isConnected) return
    this.#created = undefined
    this.#verified = undefined
    this.#consumers.clear()
  }

  async #look(): Promise<number> {
    this.#options.client.requireConnection()
    const { manager, names } = this.#options
    const found = await ifThere(manager.streams.info(names.stream))
    const stream = found ? await this.#adjust(found) : await this.#makeStream()
    this.#created = Date.parse(stream.created)
    return this.#created
  }

  /** Several processes may do it at once: it is the same stream. */
  async #makeStream(): Promise<StreamInfo> {
    const { client, manager, names } = this.#options
    const add = (replicas: number) =>
      manager.streams.add({ name: names.stream, ...this.#bounds(), ...lasting, num_replicas: replicas })
    if (client.connection.info?.cluster === undefined) return add(1)
    try {
      return await add(copies)
    } catch (error) {
      // a cluster of fewer servers than copies refuses; what is no such refusal comes back
      if (error instanceof NatsError && error.api_error) return add(1)
      throw error
    }
  }

  async #adjust(found: StreamInfo): Promise<StreamInfo> {
    const { manager, names } = this.#options
    const { max_msgs, max_bytes, max_msg_size, subjects } = found.config
    const is = { subjects, max_msgs, max_bytes, max_msg_size }
    const wanted = this.#bounds()
    if (JSON.stringify(is) === JSON.stringify(wanted)) return found
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

  /** One that is as it should be is left alone: a cluster votes on every change, and all workers come here at once. */
  async #makeConsumer(name: string): Promise<void> {
    const { manager, names, limits } = this.#options
    const found = await ifThere(manager.consumers.info(names.stream, name))
    if (found?.config.ack_wait === nanos(limits.ackWaitMs)) return
    await manager.consumers.add(names.stream, {
      durable_name: name,
      filter_subject: names.jobSubjects(name),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(limits.ackWaitMs),
      deliver_policy: DeliverPolicy.All,
      max_deliver: -1,
      // jobs that pause count too: a limit below the stream's would let them keep up all others
      max_ack_pending: limits.maxJobs,
      max_waiting: maxPulls,
    })
  }
}

/** A job is at most once in the stream, and leaves it when it is done. */
const lasting = {
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  discard_new_per_subject: true,
  max_msgs_per_subject: 1,
} as const

async function ifThere<T>(info: Promise<T>): Promise<T | undefined> {
  try {
    return await info
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.code === 404) return undefined
    throw error
  }
}
