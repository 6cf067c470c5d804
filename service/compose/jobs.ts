import type { Config } from '../config.ts'
import { countWaitingJobs, createJobWorker } from '../jobs/job-worker.ts'
import type { StoredJob } from '../metadata/unfinished-jobs.ts'
import type { Delivery } from './delivery.ts'
import type { Infrastructure } from './infrastructure.ts'
import type { Ingest } from './ingest.ts'
import type { Removal } from './removal.ts'
import type { Services } from './services.ts'

/** How long closing waits for running jobs, in milliseconds; then they are returned to the queue. */
const drainMs = 5_000

type JobRooms = Pick<Services, 'metadata' | 'metrics' | 'jobTypes' | 'edge' | 'webhooks'> & {
  readonly delivery: Delivery
  readonly removal: Removal
  readonly ingest: Ingest
}

export type Jobs = ReturnType<typeof composeJobs>

/** Composes the worker that runs jobs, and the functions to count waiting jobs and to retry failed ones. */
export function composeJobs({ config, logger, queue, closers }: Infrastructure, rooms: JobRooms) {
  const { metadata, metrics, jobTypes: types, edge, webhooks, delivery, removal, ingest } = rooms
  const { purger, userDeletion, takedowns } = removal
  const worker = createJobWorker({
    types,
    queue,
    failedJobs: metadata.failedJobs,
    unfinishedJobs: metadata.unfinishedJobs,
    jobParts: {
      renderWorker: delivery.renderWorker,
      ingestion: ingest.ingestion,
      purger,
      userDeletion,
      takedowns,
      edge,
      webhookSender: webhooks.sender,
    },
    metrics,
    logger,
    concurrency: concurrencyOf(config),
  })
  closers.push(() => worker.drain(drainMs))
  const countPending = () => countWaitingJobs(types, queue, metadata.unfinishedJobs)
  metrics.watchEach(
    'darkroom_jobs_waiting',
    'Jobs that wait in the queue, or until an unavailable dependency is available again, by job name',
    countPending,
  )
  return {
    worker,
    countPending,
    /** Enqueues a failed job again. @throws DarkroomError `unavailable` or `overloaded` */
    retry: (job: StoredJob) => queue.enqueue(job),
  }
}

/**
 * How many jobs of each type run at once. With NATS: the number of renders that the engine runs at once, plus one job
 * that waits for the engine meanwhile. All other jobs stay in NATS, where other workers, which may be idle, can take
 * them. With the in-process queue: the number of renders that the engine runs at once, plus the length of the engine's
 * admission queue. So jobs wait in the admission queue, which treats all tenants fairly, and not in the job queue,
 * which does not.
 */
function concurrencyOf({ NATS_URL, DARKROOM_CONCURRENCY, DARKROOM_QUEUE_LIMIT }: Config): number {
  return DARKROOM_CONCURRENCY + (NATS_URL === undefined ? DARKROOM_QUEUE_LIMIT : 1)
}
