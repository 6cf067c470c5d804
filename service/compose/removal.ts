import { maxTags } from '../http/labels.ts'
import { createBulkActions } from '../removal/bulk-actions.ts'
import { createDerivativeBudget } from '../removal/derivative-budget.ts'
import { createDerivativeRemover } from '../removal/derivative-remover.ts'
import { createImageDeleter } from '../removal/image-deleter.ts'
import { createImageEditor } from '../removal/image-editor.ts'
import { createPurgeNotices } from '../removal/purge-notices.ts'
import { purgeTaskName } from '../removal/purge-task.ts'
import { createPurger } from '../removal/purger.ts'
import { createTakedowns, takedownTaskName } from '../removal/takedowns.ts'
import { createUserDeletion, userDeletionName } from '../removal/user-deletion.ts'
import { derivativeBudgetOf } from '../storage/config.ts'
import type { Delivery } from './delivery.ts'
import type { Infrastructure } from './infrastructure.ts'
import type { Services } from './services.ts'

type RemovalRooms = Pick<
  Services,
  'metadata' | 'metrics' | 'changes' | 'cache' | 'edge' | 'access' | 'webhooks' | 'createTask'
> & {
  readonly delivery: Delivery
}

export type Removal = ReturnType<typeof composeRemoval>

/** How images and derivatives are removed: here, in other processes and in caches in front. */
export function composeRemoval(
  { config, logger, database, store, queue, closers }: Infrastructure,
  rooms: RemovalRooms,
) {
  const { metadata, cache, edge, access, createTask } = rooms
  const { derivatives, strays, images, imageCleanup, eagerOrders, purges } = metadata
  const { directory, sources } = rooms.delivery
  const { events } = rooms.webhooks
  const purgeNotices = createPurgeNotices({ queue, cache, directory, changes: rooms.changes })
  closers.push(async () => purgeNotices.close())
  const derivativeRemover = createDerivativeRemover({
    derivatives,
    strays,
    purges,
    store,
    purgeNotices,
    edge,
    logger,
  })
  const shared = { derivativeRemover, purgeNotices, edge, derivatives, events, logger }
  const imageDeleter = createImageDeleter({ ...shared, store, images, imageCleanup, eagerOrders, sources })
  return {
    imageDeleter,
    derivativeRemover,
    derivativeBudget: createDerivativeBudget({
      rows: metadata.derivativeUses,
      derivativeRemover,
      metrics: rooms.metrics,
      maxBytes: derivativeBudgetOf(config),
    }),
    purger: createPurger({
      ...shared,
      purges,
      presets: access.presetStore,
      dispatch: task => createTask(purgeTaskName, task),
    }),
    userDeletion: createUserDeletion({
      deletedUsers: metadata.deletedUsers,
      store,
      edge,
      logger,
      dispatch: task => createTask(userDeletionName, task),
    }),
    takedowns: createTakedowns({
      rows: metadata.takedowns,
      imageDeleter,
      events,
      logger,
      dispatch: task => createTask(takedownTaskName, task),
    }),
    applyBulkAction: createBulkActions({ imageDeleter, tags: metadata.imageTags, maxTags }),
    imageEditor: createImageEditor({ database, images, purges, derivativeRemover, purgeNotices, edge }),
  }
}
