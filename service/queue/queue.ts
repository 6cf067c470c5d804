/** A piece of work for whoever is free, as it travels. */
export interface Job {
  /** Names the handler: `[a-z][a-z-]*`, at most 63 characters. */
  readonly name: string
  /** Of the payload's shape, from 0: who does not know it must not guess. */
  readonly version: number
  /** Of jobs with the same name and key at most one waits or runs, in the whole cluster. At most 1,024 bytes. */
  readonly key: string
  /** JSON of at most 64 KiB. */
  readonly payload: unknown
}

/** A job that is handed to a handler. */
export interface JobDelivery {
  readonly job: Job
  /** From 1: how often it has been handed out, crashed handlers included. */
  readonly attempt: number
}

/** What becomes of a job that was handed out. `done` also for one that is given up: who gives up records it. */
export type JobOutcome = { readonly kind: 'done' } | { readonly kind: 'retry'; readonly delayMs: number }

export interface ConsumeOptions {
  /** Jobs that are handled at once. */
  readonly concurrency: number
  /**
   * Handles a job; while it runs the queue keeps it from everybody else. A handler that throws, or whose process
   * dies, gets its job again, here or elsewhere: handlers are idempotent.
   */
  readonly handle: (delivery: JobDelivery, signal: AbortSignal) => Promise<JobOutcome>
}

/** Takes jobs until it is drained. */
export interface JobConsumer {
  /**
   * Takes no more jobs and waits for those in hand; after so many milliseconds their signals abort and they are given
   * back to others at once.
   */
  drain(withinMs: number): Promise<void>
}

/** Where work waits, and how processes tell each other what has happened. Drivers pass `queue.contract.ts`. */
export interface Queue {
  /**
   * Puts a job where it outlives this process (if the queue is one that does). `duplicate`: one with this name and key
   * waits or runs already. What was `unavailable` because no answer came in time may be there all the same.
   * @throws DarkroomError `unavailable` within a second when the queue does not answer, `overloaded` when it is full,
   *   `internal` when the job breaks these limits
   */
  enqueue(job: Job): Promise<'queued' | 'duplicate'>
  /**
   * Takes jobs of this name. It goes on by itself after the queue was away.
   * @throws DarkroomError `unavailable` when it is away now
   */
  consume(name: string, options: ConsumeOptions): Promise<JobConsumer>
  /** Tells every process that listens, this one too, at most once and without a guarantee; never throws. */
  broadcast(topic: string, message: unknown): void
  /** Hears what is announced; the result ends it. */
  subscribe(topic: string, hear: (message: unknown) => void): () => void
  /** Jobs of this name that nobody has had in hand yet, for metrics and the API. @throws DarkroomError `unavailable` */
  countPending(name: string): Promise<number>
  /** Whether it answers. @throws DarkroomError `unavailable` */
  check(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
