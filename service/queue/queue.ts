/** A unit of work for any process that consumes its name. */
export interface Job {
  /** Selects the handler: `[a-z][a-z-]*`, at most 63 characters. */
  readonly name: string
  /**
   * The version of the payload's shape, from 0. A process that does not know a version must not interpret its payload.
   */
  readonly version: number
  /** At most one job with the same name and key waits or runs, in the whole cluster. At most 1,024 bytes. */
  readonly key: string
  /** JSON of at most 64 KiB. */
  readonly payload: unknown
}

/** A job that is delivered to a handler. */
export interface JobDelivery {
  readonly job: Job
  /** The number of deliveries so far, from 1, including those whose handler crashed. */
  readonly attempt: number
  /** When the job was enqueued, in Unix milliseconds. */
  readonly storedAt: number
  /** The trace of the request that enqueued it, as a header of W3C Trace Context. */
  readonly traceparent?: string | undefined
}

/** The outcome of a delivered job. A job that is given up is `done` too: its handler records the failure. */
export type JobOutcome = { readonly kind: 'done' } | { readonly kind: 'retry'; readonly delayMs: number }

export interface ConsumeOptions {
  /** The number of jobs that are handled at the same time. */
  readonly concurrency: number
  /**
   * Handles a job. While it runs, the queue delivers the job to no other handler. When a handler throws or its process
   * dies, the job is delivered again, here or in another process: handlers are idempotent.
   */
  readonly handle: (delivery: JobDelivery, signal: AbortSignal) => Promise<JobOutcome>
}

/** Takes jobs until it is drained. */
export interface JobConsumer {
  /**
   * Takes no more jobs and waits for the running ones. After `withinMs` milliseconds it aborts their signals and
   * returns them to the queue, which delivers them to other consumers at once.
   */
  drain(withinMs: number): Promise<void>
}

/** A work queue, and messages between processes. Every driver passes `queue.contract.ts`. */
export interface Queue {
  /**
   * Stores a job, durably if the queue is durable. Returns `duplicate` when a job with this name and key waits or runs.
   * After `unavailable` because of a timeout, the job may have been stored nevertheless.
   * @throws DarkroomError `unavailable` within a second when the queue does not answer, `overloaded` when it is full,
   *   `internal` when the job exceeds the limits of `Job`
   */
  enqueue(job: Job): Promise<'queued' | 'duplicate'>
  /**
   * Takes jobs of this name. Resumes by itself after the queue was unavailable.
   * @throws DarkroomError `unavailable` when the queue is unavailable now
   */
  consume(name: string, options: ConsumeOptions): Promise<JobConsumer>
  /**
   * Sends a message to all subscribers in all processes, this one included: at most once, not guaranteed. Never throws.
   */
  broadcast(topic: string, message: unknown): void
  /** Receives the messages of a topic. The returned function unsubscribes. */
  subscribe(topic: string, receive: (message: unknown) => void): () => void
  /**
   * The number of jobs of this name that were never delivered, for metrics and the API.
   * @throws DarkroomError `unavailable`
   */
  countPending(name: string): Promise<number>
  /**
   * When the oldest of these jobs was enqueued, in Unix milliseconds; undefined when there is none.
   * @throws DarkroomError `unavailable`
   */
  findOldestPending(name: string): Promise<number | undefined>
  /** Checks that the queue answers. @throws DarkroomError `unavailable` */
  check(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** A queue that other processes use through its process. The caller passes the trace of the request that enqueues a job. */
export interface HostedQueue extends Queue {
  enqueue(job: Job, traceparent?: string): Promise<'queued' | 'duplicate'>
}
