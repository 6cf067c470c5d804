import type { IngestResultRepository } from '../metadata/ingest-results.ts'
import type { StoredJob, UnfinishedJobRepository } from '../metadata/unfinished-jobs.ts'
import type { IngestJob } from './ingestion.ts'

/** How old an image without an ingest result must be before its job is enqueued again, in milliseconds. */
const overdueMs = 30_000
/** How long a recorded job must be without an attempt before it is enqueued again: twice its longest pause. */
const lostMs = 120_000

export interface OutboxParts {
  readonly ingestResults: Pick<IngestResultRepository, 'listNotIngested'>
  readonly unfinishedJobs: Pick<UnfinishedJobRepository, 'claimLost'>
  readonly publish: (job: IngestJob) => Promise<unknown>
  readonly enqueue: (job: StoredJob) => Promise<unknown>
}

/**
 * Enqueues overdue work again: a job may be lost with its process, or because the queue did not answer. The queue drops the
 * duplicate of a job that still runs. Both methods throw `unavailable` or `overloaded`; the next call enqueues the rest.
 */
export interface Outbox {
  /** Enqueues the ingest of at most 2,000 images that have no result. */
  enqueueIngests(signal: AbortSignal): Promise<void>
  /** Enqueues at most 500 jobs that wait for a dependency, or that were recorded before they were enqueued. */
  enqueueLost(signal: AbortSignal): Promise<void>
}

export function createOutbox({ ingestResults, unfinishedJobs, publish, enqueue }: OutboxParts): Outbox {
  return {
    async enqueueIngests(signal) {
      for (const job of await ingestResults.listNotIngested(new Date(Date.now() - overdueMs))) {
        if (signal.aborted) return
        await publish(job)
      }
    },
    async enqueueLost(signal) {
      for (const job of await unfinishedJobs.claimLost(lostMs)) {
        if (signal.aborted) return
        await enqueue(job)
      }
    },
  }
}
