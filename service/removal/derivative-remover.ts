import type { EdgePurger, PurgeReason } from '../edge/edge-purger.ts'
import { imageTag } from '../edge/surrogate-keys.ts'
import type { DerivativeName, DerivativeRepository } from '../metadata/derivatives.ts'
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

/** How many derivatives are taken away together. */
const together = 500

/** Before the first of all names. */
const beginning: DerivativeName = { imageId: '', fileName: '' }

/** Takes derivatives away: from the store, from every process' memory, from the caches in front and off the record. */
export interface DerivativeRemover {
  /**
   * Takes these away, and returns how many there were. Their rows go last: as long as they stand there, whoever repeats it
   * finds what is left to do.
   */
  removeNamed(
    userId: string,
    names: readonly DerivativeName[],
    reason: PurgeReason,
    signal?: AbortSignal,
  ): Promise<number>
  /** Takes away what these images are painted into, and returns how many there were. */
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
  const named: DerivativeRemover['removeNamed'] = async (userId, names, reason, signal) => {
    if (names.length === 0) return 0
    const hosts = [...new Set(names.map(({ imageId }) => imageId))]
    const forget = async () => {
      await purges.increment(userId, hosts)
      purgeNotices.publish(userId, hosts)
    }
    await forget()
    await store.delete(
      names.map(({ fileName }) => derivativeKey(userId, fileName)),
      signal,
    )
    await forget()
    await edge.purge(hosts.map(imageTag), reason)
    return derivatives.deleteByName(userId, names)
  }
  return {
    removeNamed: named,
    async removeContaining(userId, imageIds, reason, signal) {
      let [after, count] = [beginning, 0]
      for (;;) {
        signal?.throwIfAborted()
        const page = await derivatives.listByOverlays(userId, imageIds, after, together)
        count += await named(userId, page, reason, signal)
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
