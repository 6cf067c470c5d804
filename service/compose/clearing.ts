import { ConfigError } from '../config.ts'
import type { Sources } from '../delivery/sources.ts'
import { createEdgePurger, purgeEdgeJobName } from '../edge/edge-purger.ts'
import { type EdgeTarget, loadEdgeProviders, parseEdgeTargets } from '../edge/edge-targets.ts'
import { messageOf } from '../errors/catalogue.ts'
import { DeletedUserRepository } from '../metadata/deleted-users.ts'
import { EdgeCallRepository } from '../metadata/edge-calls.ts'
import { ImageCleanupRepository } from '../metadata/image-cleanup.ts'
import { PurgeRepository } from '../metadata/purges.ts'
import { TakedownRepository } from '../metadata/takedowns.ts'
import { createDerivativeRemover } from '../removal/derivative-remover.ts'
import { createImageDeleter } from '../removal/image-deleter.ts'
import { purgeJobName } from '../removal/purge-job.ts'
import { createPurgeNotices } from '../removal/purge-notices.ts'
import { createPurger } from '../removal/purger.ts'
import { createTakedowns, takedownJobName } from '../removal/takedowns.ts'
import { createUserDeletion, userDeletionJobName } from '../removal/user-deletion.ts'
import type { Base } from './base.ts'
import type { Ground } from './ground.ts'

export type Clearing = Awaited<ReturnType<typeof clearingOf>>

/** How images and derivatives are taken away, here, in other processes and in caches in front. */
export async function clearingOf(base: Base, ground: Ground, sources: Sources) {
  const { logger, store, database, queue, closers } = base
  const { cache, directory, derivatives, images, eagerOrders, presetStore: presets, publish, events } = ground
  const edge = createEdgePurger({
    targets: await edgeTargets(base),
    calls: new EdgeCallRepository(database),
    logger,
    enqueue: order => publish(purgeEdgeJobName, order),
  })
  const purgeNotices = createPurgeNotices({ queue, cache, directory })
  closers.push(async () => purgeNotices.close())
  const purges = new PurgeRepository(database)
  const derivativeRemover = createDerivativeRemover({ derivatives, purges, store, purgeNotices, edge })
  const parts = { derivativeRemover, purgeNotices, edge, derivatives, events, logger }
  const imageDeleter = createImageDeleter({
    ...parts,
    images,
    imageCleanup: new ImageCleanupRepository(database),
    eagerOrders,
    sources,
  })
  const purger = createPurger({
    ...parts,
    purges,
    presets,
    dispatch: order => publish(purgeJobName, order),
  })
  const userDeletion = createUserDeletion({
    deletedUsers: new DeletedUserRepository(database),
    derivativeRemover,
    edge,
    dispatch: order => publish(userDeletionJobName, order),
  })
  const takedownRows = new TakedownRepository(database)
  const takedowns = createTakedowns({
    rows: takedownRows,
    imageDeleter,
    events,
    dispatch: order => publish(takedownJobName, order),
  })
  return { edge, purgeNotices, purges, imageDeleter, purger, userDeletion, takedownRows, takedowns }
}

/** What the configuration says of caches in front. @throws ConfigError */
async function edgeTargets({ config }: Base): Promise<EdgeTarget[]> {
  const kinds = await loadEdgeProviders()
  try {
    return parseEdgeTargets(kinds, config.DARKROOM_EDGE_PURGE, config.DARKROOM_EDGE_TOKEN)
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
}
