import type { JobConsumer, Queue } from '../queue/queue.ts'
import type { JobType } from './job.ts'
import { createJobHandler, type JobHandlerParts } from './job-handler.ts'
import type { JobTypes } from './registry.ts'

export interface JobWorkerParts extends JobHandlerParts {
  readonly types: JobTypes
  readonly queue: Queue
  /** Jobs of each kind in hand at once, but for those that give way or say themselves how many. */
  readonly concurrency: number
}

/** The work of a process that takes jobs. */
export interface JobWorker {
  /** Takes jobs of every kind from now on. @throws DarkroomError `unavailable` */
  start(): Promise<void>
  /** Takes no more; what is in hand after so many milliseconds, or gives way, is given back to others. */
  drain(withinMs: number): Promise<void>
}

export function createJobWorker({ types, queue, concurrency, ...parts }: JobWorkerParts): JobWorker {
  const consumers: { readonly type: JobType; readonly consumer: JobConsumer }[] = []
  return {
    async start() {
      for (const type of types.values()) {
        const handle = createJobHandler(type, parts)
        const atOnce = type.yieldsToRequests ? 1 : (type.concurrency ?? concurrency)
        consumers.push({ type, consumer: await queue.consume(type.name, { concurrency: atOnce, handle }) })
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

/** How many jobs wait, by kind; nothing is said of them while the queue does not answer. */
export async function countPendingJobs(types: JobTypes, queue: Queue): Promise<Record<string, number>> {
  const names = [...types.keys()]
  const counts = await Promise.all(names.map(name => queue.countPending(name)))
  return Object.fromEntries(names.map((name, at) => [name, counts[at] ?? 0]))
}
