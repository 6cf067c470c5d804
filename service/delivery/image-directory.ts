import Value from 'typebox/value'
import { type Changes, imageKeys } from '../cache/change-log.ts'
import { createLru } from '../cache/lru.ts'
import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import type { FocalPoint, Image, ImageRecord } from '../metadata/image.ts'
import type { ImageRepository } from '../metadata/images.ts'
import { ImageFacts } from '../plan/facts.ts'
import { Insight } from '../plan/insight.ts'
import { Ladder } from '../plan/rungs.ts'

/** An image that can be delivered. */
export interface DeliverableImage {
  readonly userId: string
  readonly imageId: string
  readonly extension: string
  /** Names the file of the original; null until it is replaced. */
  readonly version: string | null
  readonly sha256: string
  readonly facts: ImageFacts
  /** The stored focal point, as fractions of width and height. */
  readonly focal: FocalPoint | null
  /** The part of its analysis that responses depend on; absent when the image was not analysed yet. */
  readonly insight?: Pick<Insight, 'kind' | 'faces' | 'thumbhash'>
  /** The rungs that renders may read instead of the original. */
  readonly ladder?: Ladder
  /** Whether its ingestion is completed. Until then, the database sends no notices of its changes. */
  readonly isIngested: boolean
  readonly createdAt: Date
}

interface Deleted {
  readonly deleted: true
}

/** For how many purged images the last known purge is remembered. */
const maxPurged = 100_000

/** Looks images up by user and id, cached in memory. */
export interface ImageDirectory {
  /** @throws DarkroomError `not-found`, `deleted` or `unavailable` */
  find(userId: string, imageId: string): Promise<DeliverableImage>
  /** Makes the next look-up query the database. */
  forget(userId: string, imageId: string): void
}

/**
 * @param onPurged called when a look-up finds that an image's derivatives were purged since the previous look-up, so that
 *   the caller can evict them
 */
export function createImageDirectory(
  images: ImageRepository,
  changes: Changes,
  onPurged: (userId: string, imageId: string) => void,
): ImageDirectory {
  const lastPurges = createLru<number>(maxPurged)
  const reportPurge = (key: string, { userId, id, purges }: ImageRecord) => {
    if (purges === 0 || lastPurges.get(key) === purges) return
    lastPurges.set(key, purges)
    onPurged(userId, id)
  }
  const cached = new RevalidatingCache<DeliverableImage | Deleted>({
    max: 100_000,
    async load(key) {
      const image = await images.find(...ownerAndImage(key))
      if (image?.state === 'deleted') return { deleted: true }
      if (image) reportPurge(key, image)
      return image && toDeliverable(image)
    },
    watching: {
      changes,
      keysOf: key => imageKeys(...ownerAndImage(key)),
      isWatched: image => 'deleted' in image || image.isIngested,
    },
  })
  const keyOf = (userId: string, imageId: string) => `${userId}/${imageId}`
  return {
    async find(userId, imageId) {
      const image = await cached.get(keyOf(userId, imageId))
      if (image === undefined) throw new DarkroomError('not-found', 'there is no such image')
      if ('deleted' in image) throw new DarkroomError('deleted', 'the image was deleted')
      return image
    },
    forget: (userId, imageId) => cached.invalidate(keyOf(userId, imageId)),
  }
}

/** The user and the image of a cache key. */
function ownerAndImage(key: string): [userId: string, imageId: string] {
  const [userId = '', imageId = ''] = key.split('/')
  return [userId, imageId]
}

function toDeliverable(image: ImageRecord): DeliverableImage {
  const { userId, id, extension, version, sha256, focal, createdAt } = image
  // another version of the service may have stored another form of ladder: then the original is read
  const ladder = Value.Check(Ladder, image.ladder) ? { ladder: image.ladder } : {}
  const deliverable = {
    ...{ userId, imageId: id, extension, version, sha256, focal, createdAt },
    facts: factsOf(image),
    isIngested: image.ingestedAt !== null,
    ...ladder,
  }
  // an older version may have stored a smaller analysis: then the image counts as not analysed
  if (!Value.Check(Insight, image.insight)) return deliverable
  const { kind, faces, thumbhash } = image.insight
  return { ...deliverable, insight: { kind, faces, thumbhash } }
}

/**
 * Checks the facts, which the database returns as JSON; a wrong shape is an internal error, not a fault of the request.
 */
function factsOf(record: Image): ImageFacts {
  if (!Value.Check(ImageFacts, record.facts)) throw new Error(`the facts of image ${record.id} are not valid`)
  return record.facts
}
