import type { Config } from '../config.ts'
import { type DerivativeJob, developJobName } from '../delivery/derivative-job.ts'
import { HeavyRenders } from '../delivery/heavy-renders.ts'
import { createRenderWorker } from '../delivery/render-worker.ts'
import { createEagerDerivatives } from '../ingest/eager-derivatives.ts'
import { createIngestion, ingestJobName } from '../ingest/ingestion.ts'
import { createOutboxSweep } from '../ingest/outbox-sweep.ts'
import { countPendingJobs, createJobWorker } from '../jobs/job-worker.ts'
import type { Base } from './base.ts'
import type { Ground } from './ground.ts'
import type { Making } from './making.ts'

/** How long jobs in hand may hold up the end of the process, in milliseconds; then they are given back. */
const drainMs = 5_000

export type Jobs = ReturnType<typeof jobsOf>

/** What is done behind requests, here or by other processes. */
export function jobsOf({ config, logger, store, queue, closers }: Base, ground: Ground, making: Making) {
  const { failedJobs, metrics, cache, images, jobTypes: types, publish, courier } = ground
  const { readyNotices, engine, standins, purger, userDeletion, takedowns, edge } = making
  const renderWorker = createRenderWorker({ ...ground, ...making, store })
  const dispatch = (order: DerivativeJob) => publish(developJobName, order)
  const eager = createEagerDerivatives({ ...ground, resolve: making.resolve, dispatch, logger })
  const ingestion = createIngestion({ ...ground, ...making, eager, logger })
  closers.push(() => ingestion.close())
  const concurrency = jobsAtOnce(config)
  const jobParts = { renderWorker, ingestion, purger, userDeletion, takedowns, edge, webhookSender: courier }
  const work = createJobWorker({ types, queue, failedJobs, jobParts, metrics, logger, concurrency })
  closers.push(() => work.drain(drainMs))
  metrics.watchEach('darkroom_jobs_waiting', 'jobs that wait', () => countPendingJobs(types, queue))
  const heavy = new HeavyRenders({
    dispatch,
    readyNotices,
    failedJobs,
    cache,
    standins,
    engine,
    costMs: config.DARKROOM_HEAVY_COST_MS,
    waitMs: config.DARKROOM_HEAVY_WAIT_MS,
  })
  const catchUp = createOutboxSweep({
    images,
    eager,
    courier,
    edge,
    publish: order => publish(ingestJobName, order),
  })
  return { work, heavy, eager, catchUp, waiting: () => countPendingJobs(types, queue) }
}

/**
 * Jobs of each kind that this process has in hand. From NATS no more than it develops, as others may be free; those of
 * its own queue all come to the engine's admission, which is fair to every tenant.
 */
function jobsAtOnce({ NATS_URL, DARKROOM_CONCURRENCY, DARKROOM_QUEUE_LIMIT }: Config): number {
  return DARKROOM_CONCURRENCY + (NATS_URL === undefined ? DARKROOM_QUEUE_LIMIT : 1)
}
