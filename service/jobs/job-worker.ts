import type { UnfinishedJobRepository } from '../metadata/unfinished-jobs.ts'
import type { JobConsumer, Queue } from '../queue/queue.ts'
import type { JobType } from './job.ts'
import { createJobHandler, type JobHandlerParts } from './job-handler.ts'
import type { JobTypes } from './registry.ts'

export interface JobWorkerParts extends JobHandlerParts {
  readonly types: JobTypes
  readonly queue: Queue
  /** How many jobs of each kind run at the same time, unless the kind yields to requests or sets its own number. */
  readonly concurrency: number
  /** How many pieces of work the engine does at the same time. */
  readonly cores: number
}

/** Runs the jobs of a process. */
export interface JobWorker {
  /** Takes jobs of every kind from now on. @throws DarkroomError `unavailable` */
  start(): Promise<void>
  /**
   * Takes no more jobs. Jobs that still run after `withinMs` milliseconds are returned to the queue. Running jobs that
   * yield to requests are returned at once.
   */
  drain(withinMs: number): Promise<void>
}

export function createJobWorker({ types, queue, concurrency, cores, ...parts }: JobWorkerParts): JobWorker {
  const consumers: { readonly type: JobType; readonly consumer: JobConsumer }[] = []
  const concurrencyOf = (type: JobType) => {
    if (type.usesIdleCores) return cores + 1
    return type.yieldsToRequests ? 1 : (type.concurrency ?? concurrency)
  }
  return {
    async start() {
      for (const type of types.values()) {
        const handle = createJobHandler(type, parts)
        const consumer = await queue.consume(type.name, { concurrency: concurrencyOf(type), handle })
        consumers.push({ type, consumer })
      }
    },
    async drain(withinMs) {
      const drained = consumers
        .splice(0)
        .map(({ type, consumer }) => consumer.drain(type.yieldsToRequests ? 0 : withinMs))
      await Promise.all(drained)
    },
  }
}

/** How long the oldest job of each kind has waited in the queue for its first attempt, in seconds; 0 when none waits. */
export async function oldestWaits(types: JobTypes, queue: Queue): Promise<Record<string, number>> {
  const names = [...types.keys()]
  const times = await Promise.all(names.map(name => queue.findOldestPending(name)))
  const now = Date.now()
  return Object.fromEntries(
    names.map((name, index) => [name, Math.max(0, now - (times[index] ?? now)) / 1000]),
  )
}

/**
 * The number of jobs that wait in the queue for their first attempt, or for a dependency, by kind.
 * @throws DarkroomError `unavailable` when the queue does not answer
 */
export async function countWaitingJobs(
  types: JobTypes,
  queue: Queue,
  unfinishedJobs: Pick<UnfinishedJobRepository, 'countWaiting'>,
): Promise<Record<string, number>> {
  const waiting: Record<string, number> = await unfinishedJobs.countWaiting().catch(() => ({}))
  const names = [...types.keys()]
  const counts = await Promise.all(names.map(name => queue.countPending(name)))
  return Object.fromEntries(names.map((name, index) => [name, (counts[index] ?? 0) + (waiting[name] ?? 0)]))
}
