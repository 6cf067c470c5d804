import type { EdgePurger } from '../edge/edge-purger.ts'
import type { IngestResultRepository } from '../metadata/ingest-results.ts'
import type { StoredJob, UnfinishedJobRepository } from '../metadata/unfinished-jobs.ts'
import type { WebhookSender } from '../webhooks/webhook-sender.ts'
import type { EagerDerivatives } from './eager-derivatives.ts'
import type { IngestJob } from './ingestion.ts'

/** How old an image without an ingest result must be before its job is enqueued again, in milliseconds. */
const overdueMs = 30_000
/** How long a recorded job must be without an attempt before it is enqueued again: twice its longest pause. */
const lostMs = 120_000

export interface OutboxSweepParts {
  readonly ingestResults: Pick<IngestResultRepository, 'listNotIngested'>
  readonly eager: Pick<EagerDerivatives, 'enqueueDue'>
  readonly webhookSender: Pick<WebhookSender, 'enqueueDue'>
  readonly edge: Pick<EdgePurger, 'enqueueDue'>
  readonly unfinishedJobs: Pick<UnfinishedJobRepository, 'claimLost'>
  readonly publish: (job: IngestJob) => Promise<unknown>
  readonly enqueue: (job: StoredJob) => Promise<unknown>
}

/**
 * Enqueues overdue work again, as an outbox does: a job may be lost with its process, or because the queue did not
 * answer. The queue drops the duplicate of a job that still runs.
 * @throws DarkroomError `unavailable` or `overloaded`; the next sweep enqueues the rest
 */
export type SweepOutbox = (signal: AbortSignal) => Promise<void>

export function createOutboxSweep({
  ingestResults,
  eager,
  webhookSender,
  edge,
  unfinishedJobs,
  publish,
  enqueue,
}: OutboxSweepParts): SweepOutbox {
  return async signal => {
    for (const job of await ingestResults.listNotIngested(new Date(Date.now() - overdueMs))) {
      if (signal.aborted) return
      await publish(job)
    }
    await eager.enqueueDue(signal)
    await webhookSender.enqueueDue(signal)
    await edge.enqueueDue(signal)
    for (const job of await unfinishedJobs.claimLost(lostMs)) {
      if (signal.aborted) return
      await enqueue(job)
    }
  }
}
