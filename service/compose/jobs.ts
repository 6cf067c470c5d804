import type { Config } from '../config.ts'
import { countWaitingJobs, createJobWorker, oldestWaits } from '../jobs/job-worker.ts'
import { TaskRunner } from '../jobs/tasks/task-runner.ts'
import type { StoredJob } from '../metadata/unfinished-jobs.ts'
import type { HoldingsCheck } from '../usage/holdings-check.ts'
import type { Delivery } from './delivery.ts'
import type { Infrastructure } from './infrastructure.ts'
import type { Ingest } from './ingest.ts'
import type { Removal } from './removal.ts'
import type { Services } from './services.ts'

/** How long closing waits for running jobs, in milliseconds; then they are returned to the queue. */
const drainMs = 5_000

/** How long a process that runs no jobs leaves due tasks to workers, in milliseconds. */
const overdueMs = 5_000

type JobRooms = Pick<
  Services,
  | 'metadata'
  | 'metrics'
  | 'jobTypes'
  | 'taskTypes'
  | 'taskCreator'
  | 'createTask'
  | 'edge'
  | 'webhooks'
  | 'engine'
> & {
  readonly delivery: Delivery
  readonly removal: Removal
  readonly ingest: Ingest
  readonly holdingsCheck: HoldingsCheck
}

export type Jobs = ReturnType<typeof composeJobs>

/** Composes what runs jobs and tasks, and the functions to count waiting jobs and to retry failed ones. */
export function composeJobs(infrastructure: Infrastructure, rooms: JobRooms) {
  const { config, logger, queue, closers } = infrastructure
  const { metadata, metrics, jobTypes: types, edge, webhooks, delivery, ingest } = rooms
  const worker = createJobWorker({
    types,
    queue,
    failedJobs: metadata.failedJobs,
    unfinishedJobs: metadata.unfinishedJobs,
    jobParts: {
      renderWorker: delivery.renderWorker,
      ingestion: ingest.ingestion,
      edge,
      createTask: rooms.createTask,
      webhookSender: webhooks.sender,
    },
    metrics,
    logger,
    concurrency: concurrencyOf(config, infrastructure.siblings !== undefined),
    cores: config.DARKROOM_CONCURRENCY,
  })
  closers.push(() => worker.drain(drainMs))
  const countPending = () => countWaitingJobs(types, queue, metadata.unfinishedJobs)
  metrics.watchEach('darkroom_jobs_waiting', countPending)
  metrics.watchEach('darkroom_jobs_oldest_seconds', () => oldestWaits(types, queue))
  return {
    worker,
    tasks: composeTasks(infrastructure, rooms),
    countPending,
    /** Enqueues a failed job again. @throws DarkroomError `unavailable` or `overloaded` */
    retry: (job: StoredJob) => queue.enqueue(job),
  }
}

/** Composes what runs tasks, with their metrics. */
function composeTasks({ config, logger, closers }: Infrastructure, rooms: JobRooms): TaskRunner {
  const { metadata, metrics, taskTypes: types, taskCreator, edge, webhooks, removal, ingest } = rooms
  const { holdingsCheck } = rooms
  const runner = new TaskRunner({
    ...{ types, rows: metadata.tasks, ends: metadata.taskEnds, engine: rooms.engine, metrics, logger },
    taskParts: { ...removal, ...ingest, metadata, edge, holdingsCheck, webhookSender: webhooks.sender },
    overdueMs: config.DARKROOM_ROLE === 'http' ? overdueMs : 0,
  })
  taskCreator.onCreated(() => runner.wake())
  closers.push(() => runner.drain(drainMs))
  const created = [...types.keys()].filter(kind => !runner.chores.includes(kind))
  metrics.watchEach('darkroom_tasks_unfinished', () => metadata.taskList.countByKind(created))
  metrics.watchEach('darkroom_chore_age_seconds', () => metadata.taskList.agesOf(runner.chores))
  return runner
}

/**
 * How many jobs of each type run at once. With NATS: the number of renders that the engine runs at once, plus one job
 * that waits for the engine meanwhile. All other jobs stay in NATS, where other workers, which may be idle, can take
 * them. With the in-process queue: the number of renders that the engine runs at once, plus the length of the engine's
 * admission queue. So jobs wait in the admission queue, which treats all tenants fairly, and not in the job queue,
 * which does not. Processes that share a queue leave jobs in it for each other, as with NATS.
 */
function concurrencyOf(
  { NATS_URL, DARKROOM_CONCURRENCY, DARKROOM_QUEUE_LIMIT }: Config,
  isShared: boolean,
): number {
  return DARKROOM_CONCURRENCY + (NATS_URL === undefined && !isShared ? DARKROOM_QUEUE_LIMIT : 1)
}
