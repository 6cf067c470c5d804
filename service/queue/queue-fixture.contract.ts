import type { Test } from 'tap'
import { until } from '../test/support/until.ts'
import type { ConsumeOptions, Job, JobConsumer, JobDelivery, JobOutcome, Queue } from './queue.ts'

/** The queues of one test. They share jobs and messages with each other and with nothing else. */
export interface QueueFixture {
  /** The queue in a process that enqueues jobs. */
  readonly queue: Queue
  /** The queue in another process; the same object for a driver whose queue exists in one process only. */
  readonly other: Queue
  /** The limits with which the queues were opened. */
  readonly maxJobs: number
  readonly maxBytes: number
  /**
   * How long a job stays with a consumer that does not respond, in milliseconds; undefined when the driver has no such
   * limit.
   */
  readonly ackWaitMs: number | undefined
}

/** A test that every driver must pass. */
export type QueueTest = (t: Test, fixture: QueueFixture) => Promise<void>

export const done: JobOutcome = { kind: 'done' }

/** The timeout of each wait in the contract tests, in milliseconds: more than a slow machine needs. */
export const timeoutMs = 15_000

export function job(key: string, payload: unknown = { key }, name = 'develop'): Job {
  return { name, version: 1, key, payload }
}

/** A consumer, and the deliveries it received. */
export interface RecordedConsumer {
  readonly deliveries: JobDelivery[]
  readonly consumer: JobConsumer
  /** The keys in order of delivery. */
  keys(): string[]
  /** Waits until `count` jobs were delivered. */
  until(count: number): Promise<void>
}

/** Consumes jobs and records their deliveries. The default `handle` returns `done`. */
export async function consume(
  queue: Queue,
  options: Partial<ConsumeOptions> & { name?: string } = {},
): Promise<RecordedConsumer> {
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
    until: count => until(`${count} deliveries`, timeoutMs, () => deliveries.length >= count),
  }
}

/** A gate at which handlers wait until it is opened. */
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
