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
import type { Link } from './link.ts'
import type { Names } from './names.ts'

/** How the stream is bounded, and how long a job stays with a consumer that says nothing. */
export interface NatsLimits {
  readonly maxJobs: number
  readonly maxBytes: number
  readonly ackWaitMs: number
}

/** Pulls that may wait at one consumer: one for every job that all workers could handle at once. */
const maxPulls = 4096
/** Copies of the stream in a cluster. */
const copies = 3

interface TopologyOptions {
  readonly link: Link
  readonly manager: JetStreamManager
  readonly names: Names
  readonly limits: NatsLimits
}

/**
 * The stream and its consumers, made where they are missing. A server can lose its data, and then counts its jobs from
 * one again: what was said of an old job would be taken for a new one. So each stream has an epoch, the time of its making.
 */
export class Topology {
  readonly #options: TopologyOptions
  readonly #consumers = new Map<string, Promise<unknown>>()
  #verified: Promise<string> | undefined
  #known: string | undefined

  constructor(options: TopologyOptions) {
    this.#options = options
    options.link.on('away', () => this.doubt())
  }

  /** The epoch, if nothing has happened since it was last looked at. */
  get known(): string | undefined {
    return this.#known
  }

  /** Makes sure that there is a stream. @returns its epoch @throws DarkroomError or NatsError */
  epoch(): Promise<string> {
    if (this.#verified === undefined) {
      const verified = this.#verify()
      this.#verified = verified
      verified.catch(() => {
        if (this.#verified === verified) this.#verified = undefined
      })
    }
    return this.#verified
  }

  /** Makes sure that there is a consumer for jobs of this name. @returns the epoch of the stream */
  async consumer(name: string): Promise<string> {
    const epoch = await this.epoch()
    let made = this.#consumers.get(name)
    if (made === undefined) {
      made = this.#makeConsumer(name)
      this.#consumers.set(name, made)
      made.catch(() => this.#consumers.delete(name))
    }
    await made
    return epoch
  }

  /** Something is not as it was: the next who asks looks. */
  doubt(): void {
    // who looks already will see it
    if (this.#known === undefined && this.#options.link.isUp) return
    this.#known = undefined
    this.#verified = undefined
    this.#consumers.clear()
  }

  async #verify(): Promise<string> {
    this.#options.link.checkUp()
    const found = await this.#findStream()
    const stream = found ? await this.#adjust(found) : await this.#makeStream()
    this.#known = stream.created
    return stream.created
  }

  async #findStream(): Promise<StreamInfo | undefined> {
    const { manager, names } = this.#options
    try {
      return await manager.streams.info(names.stream)
    } catch (error) {
      if (error instanceof NatsError && error.api_error?.code === 404) return undefined
      throw error
    }
  }

  /** Several processes may do it at once: it is the same stream. */
  async #makeStream(): Promise<StreamInfo> {
    const { link, manager, names } = this.#options
    const add = (replicas: number) =>
      manager.streams.add({ name: names.stream, ...this.#bounds(), ...lasting, num_replicas: replicas })
    if (link.connection.info?.cluster === undefined) return add(1)
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
      subjects: [names.jobs],
      max_msgs: limits.maxJobs,
      max_bytes: limits.maxBytes,
      max_msg_size: maxJobBytes,
    }
  }

  async #makeConsumer(name: string): Promise<void> {
    const { manager, names, limits } = this.#options
    await manager.consumers.add(names.stream, {
      durable_name: name,
      filter_subject: names.jobsNamed(name),
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
