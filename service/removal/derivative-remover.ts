import type { EdgePurger, PurgeReason } from '../edge/edge-purger.ts'
import { imageTag } from '../edge/surrogate-keys.ts'
import type { DerivativeName, DerivativeObject, DerivativeRepository } from '../metadata/derivatives.ts'
import type { PurgeRepository } from '../metadata/purges.ts'
import { derivativeKey } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { PurgeNotices } from './purge-notices.ts'

export interface DerivativeRemoverParts {
  readonly derivatives: DerivativeRepository
  readonly purges: PurgeRepository
  readonly store: ObjectStore
  readonly purgeNotices: PurgeNotices
  readonly edge: EdgePurger
}

/** The most derivatives that are removed in one batch. */
const batchSize = 500

/** Sorts before every derivative name. */
const start: DerivativeName = { imageId: '', fileName: '' }

/** Removes derivatives from the store, the memory of every process, CDNs and the database. */
export interface DerivativeRemover {
  /**
   * Removes derivatives by name and returns how many there were. Their rows are deleted last, so that a retry finds the
   * rest.
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
  /** Deletes every object under these prefixes. */
  deletePrefixes(prefixes: readonly string[], signal?: AbortSignal): Promise<void>
}

export function createDerivativeRemover(parts: DerivativeRemoverParts): DerivativeRemover {
  const { derivatives, purges, store, purgeNotices, edge } = parts
  const removeNamed: DerivativeRemover['removeNamed'] = async (userId, names, reason, signal) => {
    if (names.length === 0) return 0
    const baseImageIds = [...new Set(names.map(({ imageId }) => imageId))]
    // called before and after the objects are deleted, so that no process keeps in memory what it has read in between
    const invalidate = async () => {
      await purges.increment(userId, baseImageIds)
      purgeNotices.publish(userId, baseImageIds)
    }
    await invalidate()
    await store.delete(
      names.map(({ fileName, version }) => derivativeKey(userId, fileName, version)),
      signal,
    )
    await invalidate()
    await edge.purge(baseImageIds.map(imageTag), reason)
    return derivatives.deleteByName(userId, names)
  }
  return {
    removeNamed,
    async removeContaining(userId, imageIds, reason, signal) {
      let after = start
      let count = 0
      for (;;) {
        signal?.throwIfAborted()
        const page = await derivatives.listByOverlays(userId, imageIds, after, batchSize)
        count += await removeNamed(userId, page, reason, signal)
        const last = page.at(-1)
        if (last === undefined) return count
        after = last
      }
    },
    async deletePrefixes(prefixes, signal) {
      for (const prefix of prefixes) {
        const keys: string[] = []
        for await (const key of store.list(prefix, signal)) keys.push(key)
        if (keys.length > 0) await store.delete(keys, signal)
      }
    },
  }
}
