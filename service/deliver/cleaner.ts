import type { TieredCache } from '../cache/tiered.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { Derivatives } from '../metadata/derivatives.ts'
import type { EagerOrders } from '../metadata/eager-orders.ts'
import type { Images } from '../metadata/images.ts'
import { derivativePrefixes, originalPrefix, rungPrefix } from '../storage/keys.ts'
import type { ObjectStore } from '../storage/store.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { ImageDirectory } from './directory.ts'
import type { Sources } from './sources.ts'

/** An upload that has not ended after this many milliseconds has crashed. */
const uploadMs = 3_600_000

export interface CleanerParts {
  readonly images: Images
  readonly derivatives: Derivatives
  readonly eagerOrders: EagerOrders
  readonly store: ObjectStore
  readonly cache: TieredCache
  readonly directory: ImageDirectory
  readonly sources: Sources
  readonly logger: Logger
}

interface Target {
  readonly id: string
  readonly userId: string
}

/** Removes images, at once where they are seen and completely where they are stored. */
export interface Cleaner {
  /** Deletes an image: from this moment it is answered with `deleted`. @throws DarkroomError `not-found` */
  remove(userId: string, imageId: string): Promise<void>
  /** Gives an upload up that did not come to its end. Never throws: the sweep repeats what fails. */
  abandon(upload: Target): Promise<void>
  /** Finishes what a crash or an unreachable store left half done; ends early when the signal aborts. */
  sweep(signal: AbortSignal): Promise<void>
}

export function createCleaner(parts: CleanerParts): Cleaner {
  const { images, cache, directory, sources, logger } = parts
  /** A row that is marked as deleted is the promise; the objects follow, now or in the next sweep. */
  const purge = async (target: Target, signal?: AbortSignal): Promise<boolean> => {
    try {
      await purgeObjects(parts, target, signal)
      return true
    } catch (error) {
      logger.warn(
        { imageId: target.id, reason: messageOf(error) },
        'a deleted image still has objects; the next sweep tries again',
      )
      return false
    }
  }
  const abandon = async (upload: Target, signal?: AbortSignal): Promise<boolean> => {
    const given = await images.abandon(upload.id).catch(error => {
      logger.warn(
        { imageId: upload.id, reason: messageOf(error) },
        'an upload could not be given up; the next sweep tries again',
      )
    })
    return given ? purge(upload, signal) : false
  }
  return {
    abandon: async upload => {
      await abandon(upload)
    },
    async remove(userId, imageId) {
      const removed = await images.remove(userId, imageId)
      if (removed === undefined) throw new DarkroomError('not-found', 'there is no such image')
      directory.forget(userId, imageId)
      sources.forget({ userId, imageId })
      cache.forget(derivativePrefixes(userId, imageId))
      await purge({ id: imageId, userId })
    },
    async sweep(signal) {
      for (;;) {
        const left = await images.unfinished(new Date(Date.now() - uploadMs))
        let done = 0
        for (const target of left) {
          if (signal.aborted) return
          const finished = await (target.state === 'uploading' ? abandon : purge)(target, signal)
          if (finished) done++
        }
        if (left.length > 0) logger.info({ found: left.length, done }, 'swept what was left unfinished')
        // a page comes again as long as there is progress
        if (done === 0) return
      }
    },
  }
}

async function purgeObjects(
  { store, derivatives, eagerOrders, images }: CleanerParts,
  { id, userId }: Target,
  signal?: AbortSignal,
): Promise<void> {
  const prefixes = [originalPrefix(userId, id), rungPrefix(userId, id), ...derivativePrefixes(userId, id)]
  for (const prefix of prefixes) {
    const keys: string[] = []
    for await (const key of store.list(prefix, signal)) keys.push(key)
    if (keys.length > 0) await store.delete(keys, signal)
  }
  await derivatives.deleteForImage(userId, id)
  await eagerOrders.deleteForImage(userId, id)
  await images.purged(id)
}
