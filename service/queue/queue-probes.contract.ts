import type { Test } from 'tap'
import { until } from '../test/support/until.ts'
import type { ConsumeOptions, Job, JobConsumer, JobDelivery, JobOutcome, Queue } from './queue.ts'

/** What a contract runs with: queues that see each other's jobs and messages, and nothing else does. */
export interface Bench {
  /** As in the process that publishes. */
  readonly queue: Queue
  /** As in another process; the same one where the driver knows only one process. */
  readonly other: Queue
  /** Of the limits that the queues were opened with. */
  readonly maxJobs: number
  readonly maxBytes: number
  /** How long a job stays with a consumer that says nothing, in milliseconds; undefined where that cannot happen. */
  readonly silenceMs: number | undefined
}

/** One thing that every driver must do. */
export type Proof = (t: Test, bench: Bench) => Promise<void>

export const done: JobOutcome = { kind: 'done' }

/** Longer than any wait of the contract should take on a slow machine. */
export const patienceMs = 15_000

export function job(key: string, payload: unknown = { key }, name = 'develop'): Job {
  return { name, version: 1, key, payload }
}

/** What a consumer got, and the consumer. */
export interface Seen {
  readonly deliveries: JobDelivery[]
  readonly consumer: JobConsumer
  /** The keys in the order in which they came. */
  keys(): string[]
  /** Waits until so many were delivered. */
  until(count: number): Promise<void>
}

/** Consumes and writes down; `handle` answers `done` unless it is given. */
export async function consume(
  queue: Queue,
  options: Partial<ConsumeOptions> & { name?: string } = {},
): Promise<Seen> {
  const { name = 'develop', concurrency = 1, handle = async () => done } = options
  const deliveries: JobDelivery[] = []
  const consumer = await queue.consume(name, {
    concurrency,
    handle(delivery, signal) {
      deliveries.push(delivery)
      return handle(delivery, signal)
    },
  })
  return {
    deliveries,
    consumer,
    keys: () => deliveries.map(delivery => delivery.job.key),
    until: count => until(`${count} deliveries`, patienceMs, () => deliveries.length >= count),
  }
}

/** A gate that handlers wait at until it is opened. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise: opened, resolve: open } = withResolvers()
  return { opened, open }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {}
  const promise = new Promise<void>(fulfil => {
    resolve = fulfil
  })
  return { promise, resolve }
}
