import { createAnnouncements } from '../deliver/announcements.ts'
import { createBackground } from '../deliver/background.ts'
import { createCleaner } from '../deliver/cleaner.ts'
import { ingestName } from '../deliver/ingest.ts'
import { createInsights } from '../deliver/insights.ts'
import { Keeper } from '../deliver/keeper.ts'
import { createLadders } from '../deliver/ladders.ts'
import { createSources } from '../deliver/sources.ts'
import { type Base, mebibyte } from './base.ts'
import type { Ground } from './ground.ts'

/** How long the writing of finished derivatives may hold up the end of the process, in milliseconds. */
const keepMs = 10_000

export type Making = ReturnType<typeof makingOf>

/** How derivatives are made of originals, kept and cleared away. */
export function makingOf({ config, logger, store, queue, closers }: Base, ground: Ground) {
  const { engine, images, directory, cache, derivatives, operations, metrics, publish, eagerOrders } = ground
  const maxBytes = config.DARKROOM_SOURCE_CACHE_MB * mebibyte
  const sources = createSources({ store, images, engine, maxBytes })
  const keeper = new Keeper({ store, derivatives, logger })
  closers.push(() => keeper.close(keepMs))
  const cleaner = createCleaner({
    images,
    derivatives,
    eagerOrders,
    store,
    cache,
    directory,
    sources,
    logger,
  })
  const insights = createInsights({ images, directory, sources, engine, logger })
  const background = createBackground({ publish: order => publish(ingestName, order), logger })
  const onMissing = background.foresee
  const ladders = createLadders({ store, images, directory, sources, engine, logger, onMissing })
  const announcements = createAnnouncements(queue)
  closers.push(async () => announcements.close())
  const making = { operations, insights, sources, ladders, engine, cache, metrics }
  return { ...making, keeper, cleaner, background, announcements }
}
