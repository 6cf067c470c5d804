import type { EdgePurger, PurgeReason } from '../edge/edge-purger.ts'
import { imageTag } from '../edge/surrogate-keys.ts'
import type { DerivativeName, DerivativeObject, DerivativeRepository } from '../metadata/derivatives.ts'
import type { PurgeRepository } from '../metadata/purges.ts'
import type { StrayDerivativeRepository, StrayObject } from '../metadata/stray-derivatives.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import { deleteEach } from './delete-each.ts'
import type { PurgeNotices } from './purge-notices.ts'

export interface DerivativeRemoverParts {
  readonly derivatives: DerivativeRepository
  readonly strays: StrayDerivativeRepository
  readonly purges: PurgeRepository
  readonly store: ObjectStore
  readonly purgeNotices: PurgeNotices
  readonly edge: EdgePurger
  readonly logger: Logger
}

/** The most derivatives that are removed in one batch. */
const batchSize = 500

/** Sorts before every derivative name. */
const start: DerivativeName = { imageId: '', fileName: '' }

/**
 * Removes derivatives from the store, the memory of every process, CDNs and the database. The database names the objects,
 * so a removal takes the same time whatever else the store contains. Objects go before their rows, so that a retry finds
 * the rest.
 */
export interface DerivativeRemover {
  /**
   * Removes the derivatives of images and returns how many there were, without those of other images that contain them.
   * The caller evicts them from memory and purges CDNs. With `matching`, only those whose file names match, and of which
   * the database accepts no new rows.
   */
  removeOfImages(
    userId: string,
    imageIds: readonly string[],
    options?: { readonly matching?: RegExp; readonly signal?: AbortSignal | undefined },
  ): Promise<number>
  /**
   * Removes derivatives by name and returns how many there were. Processes keep them in memory until their objects are gone, and
   * after an error until the caller tries again, as the rows are still there.
   */
  removeNamed(
    userId: string,
    names: readonly DerivativeObject[],
    reason: PurgeReason,
    signal?: AbortSignal,
  ): Promise<number>
  /** Removes the derivatives that contain these images as overlays and returns how many there were. */
  removeContaining(
    userId: string,
    imageIds: readonly string[],
    reason: PurgeReason,
    signal?: AbortSignal,
  ): Promise<number>
  /** Lists and deletes every object under these prefixes. In the file store, this reads whole folders. */
  deletePrefixes(prefixes: readonly string[], signal?: AbortSignal): Promise<void>
  /** Deletes at most `most` derivatives whose writers crashed before they recorded them. Returns their number. */
  sweep(most: number, signal: AbortSignal): Promise<number>
}

export function createDerivativeRemover(parts: DerivativeRemoverParts): DerivativeRemover {
  return {
    async removeOfImages(userId, imageIds, { matching, signal } = {}) {
      // before the rows: a derivative that is recorded meanwhile then has a row that is listed
      if (!matching) await removeStrays(parts, userId, imageIds, signal)
      const list = (after: DerivativeName) =>
        parts.derivatives.listOfImages(userId, imageIds, after, batchSize)
      return forEachPage(list, signal, async page => {
        const chosen = matching ? page.filter(({ fileName }) => matching.test(fileName)) : page
        await deleteObjects(parts, userId, chosen, signal)
        return deleteRows(parts, userId, chosen, signal)
      })
    },
    removeNamed: (userId, names, reason, signal) => removeNamed(parts, userId, names, { reason, signal }),
    async removeContaining(userId, imageIds, reason, signal) {
      const list = (after: DerivativeName) =>
        parts.derivatives.listByOverlays(userId, imageIds, after, batchSize)
      const remove = (page: DerivativeObject[]) =>
        removeNamed(parts, userId, page, { reason, signal, isEvictedFirst: true })
      return forEachPage(list, signal, remove)
    },
    async deletePrefixes(prefixes, signal) {
      for (const prefix of prefixes) {
        const keys: string[] = []
        for await (const key of parts.store.list(prefix, signal)) keys.push(key)
        if (keys.length > 0) await parts.store.delete(keys, signal)
      }
    },
    sweep: (most, signal) => sweep(parts, most, signal),
  }
}

/** Returns the sum of what `remove` returns for each page. */
async function forEachPage(
  list: (after: DerivativeName) => Promise<DerivativeObject[]>,
  signal: AbortSignal | undefined,
  remove: (page: DerivativeObject[]) => Promise<number>,
): Promise<number> {
  let after = start
  let count = 0
  for (;;) {
    signal?.throwIfAborted()
    const page = await list(after)
    if (page.length > 0) count += await remove(page)
    const last = page.at(-1)
    if (last === undefined || page.length < batchSize) return count
    after = last
  }
}

interface NamedRemoval {
  readonly reason: PurgeReason
  readonly signal: AbortSignal | undefined
  /** Whether processes evict the derivatives before their objects are deleted, too. */
  readonly isEvictedFirst?: boolean
}

async function removeNamed(
  parts: DerivativeRemoverParts,
  userId: string,
  names: readonly DerivativeObject[],
  { reason, signal, isEvictedFirst = false }: NamedRemoval,
): Promise<number> {
  const { purges, purgeNotices, edge } = parts
  if (names.length === 0) return 0
  const baseImageIds = [...new Set(names.map(({ imageId }) => imageId))]
  const evict = async () => {
    await purges.increment(userId, baseImageIds)
    purgeNotices.publish(userId, baseImageIds)
  }
  if (isEvictedFirst) await evict()
  await deleteObjects(parts, userId, names, signal)
  // after the deletion, so that no process keeps in memory what it has read before
  await evict()
  await edge.purge(baseImageIds.map(imageTag), reason)
  return deleteRows(parts, userId, names, signal)
}

const keyOf = ({ userId, fileName, version = null }: StrayObject) => derivativeKey(userId, fileName, version)

async function deleteObjects(
  { store }: DerivativeRemoverParts,
  userId: string,
  objects: readonly DerivativeObject[],
  signal?: AbortSignal,
): Promise<void> {
  if (objects.length === 0) return
  await store.delete(
    objects.map(object => keyOf({ ...object, userId })),
    signal,
  )
}

/** Deletes the rows of deleted objects. An object that was written again meanwhile is deleted again. */
async function deleteRows(
  { derivatives, strays, store }: DerivativeRemoverParts,
  userId: string,
  listed: readonly DerivativeObject[],
  signal?: AbortSignal,
): Promise<number> {
  if (listed.length === 0) return 0
  const gone = await derivatives.remove(userId, listed)
  if (gone.strays.length > 0) {
    await store.delete(gone.strays.map(keyOf), signal)
    await strays.end(gone.strays.map(({ id }) => id))
  }
  return gone.count
}

/**
 * Deletes the derivatives of images that are being written, or that an interrupted removal has left. The strays of those
 * being written stay, because their objects may still come: the writers then record or delete them.
 */
async function removeStrays(
  { strays, store }: DerivativeRemoverParts,
  userId: string,
  imageIds: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  let after: string | undefined
  for (;;) {
    signal?.throwIfAborted()
    const page = await strays.listOfImages(userId, imageIds, after)
    if (page.length === 0) return
    await store.delete(page.map(keyOf), signal)
    await strays.endExpired(page.map(({ id }) => id))
    after = page.at(-1)?.id
  }
}

async function sweep(parts: DerivativeRemoverParts, most: number, signal: AbortSignal): Promise<number> {
  const { strays, store, logger } = parts
  const page = await strays.listExpired(most)
  const keys = page.filter(({ named }) => !named).map(keyOf)
  const failed = new Set<string>()
  for (const { key, error } of await deleteEach(store, keys, signal)) {
    logger.warn({ key, err: error }, 'failed to delete a derivative that was not recorded')
    failed.add(key)
  }
  const idsOf = (isFailed: boolean) =>
    page.filter(stray => failed.has(keyOf(stray)) === isFailed).map(({ id }) => id)
  await strays.end(idsOf(false))
  if (failed.size > 0) await strays.postpone(idsOf(true))
  return page.length
}
