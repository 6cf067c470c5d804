import { ConfigError } from '../config.ts'
import type { Sources } from '../delivery/sources.ts'
import { createEdge, purgeEdgeName } from '../edge/edge.ts'
import { type EdgeTarget, loadEdgeKinds, parseTargets } from '../edge/targets.ts'
import { messageOf } from '../errors/catalogue.ts'
import { createDepartedUsers } from '../metadata/departed-users.ts'
import { createEdgeCalls } from '../metadata/edge-calls.ts'
import { createPurges } from '../metadata/purges.ts'
import { createTakedownRows } from '../metadata/takedowns.ts'
import { createCleaner } from '../removal/cleaner.ts'
import { createDepartures, departureName } from '../removal/departures.ts'
import { createPurgeNews } from '../removal/purge-news.ts'
import { purgeName } from '../removal/purge-order.ts'
import { createPurger } from '../removal/purger.ts'
import { createTakedowns, takedownName } from '../removal/takedowns.ts'
import { createWithdrawal } from '../removal/withdrawal.ts'
import type { Base } from './base.ts'
import type { Ground } from './ground.ts'

export type Clearing = Awaited<ReturnType<typeof clearingOf>>

/** How images and derivatives are taken away, here, in other processes and in caches in front. */
export async function clearingOf(base: Base, ground: Ground, sources: Sources) {
  const { logger, store, database, queue, closers } = base
  const { cache, directory, derivatives, images, eagerOrders, presetShelf: presets, publish, events } = ground
  const edge = createEdge({
    targets: await edgeTargets(base),
    calls: createEdgeCalls(database),
    logger,
    dispatch: order => publish(purgeEdgeName, order),
  })
  const news = createPurgeNews({ queue, cache, directory })
  closers.push(async () => news.close())
  const purges = createPurges(database)
  const withdrawal = createWithdrawal({ derivatives, purges, store, news, edge })
  const parts = { withdrawal, news, edge, derivatives, events, logger }
  const cleaner = createCleaner({ ...parts, images, eagerOrders, sources })
  const purger = createPurger({
    ...parts,
    purges,
    presets,
    dispatch: order => publish(purgeName, order),
  })
  const departures = createDepartures({
    departed: createDepartedUsers(database),
    withdrawal,
    edge,
    dispatch: order => publish(departureName, order),
  })
  const takedownRows = createTakedownRows(database)
  const takedowns = createTakedowns({
    rows: takedownRows,
    cleaner,
    events,
    dispatch: order => publish(takedownName, order),
  })
  return { edge, news, purges, cleaner, purger, departures, takedownRows, takedowns }
}

/** What the configuration says of caches in front. @throws ConfigError */
async function edgeTargets({ config }: Base): Promise<EdgeTarget[]> {
  const kinds = await loadEdgeKinds()
  try {
    return parseTargets(kinds, config.DARKROOM_EDGE_PURGE, config.DARKROOM_EDGE_TOKEN)
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
}
