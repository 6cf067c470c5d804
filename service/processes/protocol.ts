import type { Derivative } from '../cache/memory-tier.ts'
import type { Job, JobDelivery, JobOutcome } from '../queue/queue.ts'
import type { MetricSnapshot } from '../telemetry/metrics.ts'

/** What the supervisor does for its processes. Consumers are numbered by the process that has them. */
export type SupervisorMethods = {
  /** The process serves, or runs jobs. */
  ready(): void
  /** The process ends: the last state of its metrics. */
  leaving(metrics: readonly MetricSnapshot[]): void
  claim(key: string): Promise<'granted' | Derivative>
  rendered(key: string): void
  release(key: string): void
} & QueueMethods

/** The calls of the queue that all processes share. */
export type QueueMethods = {
  enqueue(job: Job, traceparent: string | undefined): Promise<'queued' | 'duplicate'>
  consume(consumer: number, name: string, concurrency: number): Promise<void>
  drain(consumer: number, withinMs: number): Promise<void>
  /** The text is JSON. */
  broadcast(topic: string, text: string): void
  countPending(name: string): Promise<number>
  findOldestPending(name: string): Promise<number | undefined>
}

/** What a process does for its supervisor. */
export type SiblingMethods = {
  metrics(): Promise<readonly MetricSnapshot[]>
  /** @throws DarkroomError `unavailable` */
  check(): Promise<void>
  /** Prints that the service is ready. */
  announce(): Promise<void>
  /** Stops gracefully. For `lingerMs` it still answers, and asks clients to close their connections. */
  stop(lingerMs: number): void
  give(key: string): Derivative | undefined
} & ConsumerMethods

/** The calls of the queue to the process that handles a job or has subscribed. */
export type ConsumerMethods = {
  /** Handles a job. `run` names it for `abort`. */
  handle(consumer: number, run: number, delivery: JobDelivery): Promise<JobOutcome>
  abort(run: number): void
  receive(topic: string, text: string): void
}
