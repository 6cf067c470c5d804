import { createAnnouncements } from '../delivery/announcements.ts'
import type { DevelopOrder } from '../delivery/develop-order.ts'
import { createInsights } from '../delivery/insights.ts'
import { Keeper } from '../delivery/keeper.ts'
import { createLadders } from '../delivery/ladders.ts'
import { createSources } from '../delivery/sources.ts'
import { createStandins, finishName } from '../delivery/standins.ts'
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
  const sources = createSources({ store, images, engine, maxBytes })
  const dispatch = (order: DevelopOrder) => publish(finishName, order)
  const standins = createStandins({ cache, derivatives, failedJobs, dispatch, logger })
  const keeper = new Keeper({
    store,
    derivatives,
    logger,
    onKept({ key, variant }, { userId, imageId, fileName: file }) {
      if (variant === 'standin') standins.finish({ userId, imageId, file, key })
    },
  })
  closers.push(() => keeper.close(keepMs))
  const clearing = await clearingOf(base, ground, sources)
  const insights = createInsights({ images, directory, sources, engine, logger })
  const ingestScheduler = createIngestScheduler({ publish: order => publish(ingestJobName, order), logger })
  const onMissing = ingestScheduler.enqueueIngest
  const ladders = createLadders({ store, images, directory, sources, engine, logger, onMissing })
  const announcements = createAnnouncements(queue, key => cache.expireStandin(key))
  closers.push(async () => announcements.close())
  const making = { operations, insights, sources, ladders, engine, cache, metrics, usage }
  return { ...making, ...clearing, keeper, standins, ingestScheduler, announcements }
}
