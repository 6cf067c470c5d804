import type { DerivativeJob } from '../delivery/derivative-job.ts'
import { DerivativeWriter } from '../delivery/derivative-writer.ts'
import { createImageInsights } from '../delivery/image-insights.ts'
import { createLadders } from '../delivery/ladders.ts'
import { ReadyNotices } from '../delivery/ready-notices.ts'
import { createResolve } from '../delivery/resolve.ts'
import { Sources } from '../delivery/sources.ts'
import { finishJobName, Standins } from '../delivery/standins.ts'
import { createIngestScheduler } from '../ingest/ingest-scheduler.ts'
import { ingestJobName } from '../ingest/ingestion.ts'
import { type Base, mebibyte } from './base.ts'
import { clearingOf } from './clearing.ts'
import type { Ground } from './ground.ts'

/** How long the writing of finished derivatives may hold up the end of the process, in milliseconds. */
const keepMs = 10_000

export type Making = Awaited<ReturnType<typeof makingOf>>

/** How derivatives are made of originals, kept and cleared away. */
export async function makingOf(base: Base, ground: Ground) {
  const { config, logger, store, queue, closers } = base
  const { engine, images, directory, cache, derivatives, failedJobs, operations, metrics, usage, publish } =
    ground
  const maxBytes = config.DARKROOM_SOURCE_CACHE_MB * mebibyte
  const sources = new Sources({ store, images, engine, maxBytes })
  const dispatch = (order: DerivativeJob) => publish(finishJobName, order)
  const standins = new Standins({ cache, derivatives, failedJobs, dispatch, logger })
  const derivativeWriter = new DerivativeWriter({
    store,
    derivatives,
    logger,
    onStored({ key, variant }, { userId, imageId, fileName: file }) {
      if (variant === 'standin') standins.enqueueFinish({ userId, imageId, file, key })
    },
  })
  closers.push(() => derivativeWriter.close(keepMs))
  const clearing = await clearingOf(base, ground, sources)
  const insights = createImageInsights({ images, directory, sources, engine, logger })
  const { authorize } = ground
  const resolve = createResolve({ operations, authorize, directory, insights })
  const ingestScheduler = createIngestScheduler({ publish: order => publish(ingestJobName, order), logger })
  const onMissing = ingestScheduler.enqueueIngest
  const ladders = createLadders({ store, images, directory, sources, engine, logger, onMissing })
  const readyNotices = new ReadyNotices(queue, key => cache.expireStandin(key))
  closers.push(async () => readyNotices.close())
  const making = { operations, resolve, insights, sources, ladders, engine, cache, metrics, usage }
  return { ...making, ...clearing, derivativeWriter, standins, ingestScheduler, readyNotices }
}
