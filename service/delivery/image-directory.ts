import { LRUCache } from 'lru-cache'
import Value from 'typebox/value'
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
  readonly sha256: string
  readonly facts: ImageFacts
  /** The stored focal point, as fractions of width and height. */
  readonly focal: FocalPoint | null
  /** What was seen in its pixels, as far as answers depend on it; absent when nobody has looked yet. */
  readonly insight?: Pick<Insight, 'kind' | 'faces' | 'thumbhash'>
  /** The rungs that developments may read in the original's place. */
  readonly ladder?: Ladder
}

interface Deleted {
  readonly deleted: true
}

/** Of how many purged images it is known which purge was the last. */
const mostPurged = 100_000

/** Looks images up by user and id, from memory where it can. */
export interface ImageDirectory {
  /** @throws DarkroomError `not-found`, `deleted` or `unavailable` */
  find(userId: string, imageId: string): Promise<DeliverableImage>
  /** The next look-up asks the database. */
  forget(userId: string, imageId: string): void
}

/** `onPurged` hears of an image whose derivatives were taken away since it was looked up, before its next look-up ends. */
export function createImageDirectory(
  images: ImageRepository,
  onPurged: (userId: string, imageId: string) => void,
): ImageDirectory {
  const heeded = new LRUCache<string, number>({ max: mostPurged })
  const heed = (key: string, { userId, id, purges }: ImageRecord) => {
    if (purges === 0 || heeded.get(key) === purges) return
    heeded.set(key, purges)
    onPurged(userId, id)
  }
  const known = new RevalidatingCache<DeliverableImage | Deleted>({
    max: 100_000,
    async load(key) {
      const [userId = '', imageId = ''] = key.split('/')
      const image = await images.find(userId, imageId)
      if (image?.state === 'deleted') return { deleted: true }
      if (image) heed(key, image)
      return image && knownOf(image)
    },
  })
  const keyOf = (userId: string, imageId: string) => `${userId}/${imageId}`
  return {
    async find(userId, imageId) {
      const image = await known.get(keyOf(userId, imageId))
      if (image === undefined) throw new DarkroomError('not-found', 'there is no such image')
      if ('deleted' in image) throw new DarkroomError('deleted', 'the image was deleted')
      return image
    },
    forget: (userId, imageId) => known.invalidate(keyOf(userId, imageId)),
  }
}

function knownOf(image: ImageRecord): DeliverableImage {
  const { userId, id, extension, sha256, focal } = image
  // an older or newer version may know other rungs: then the original is read
  const ladder = Value.Check(Ladder, image.ladder) ? { ladder: image.ladder } : {}
  const known = { userId, imageId: id, extension, sha256, focal, facts: factsOf(image), ...ladder }
  // an older version may have seen less: then it counts as not seen
  if (!Value.Check(Insight, image.insight)) return known
  const { kind, faces, thumbhash } = image.insight
  return { ...known, insight: { kind, faces, thumbhash } }
}

/** Facts come back from the database as JSON; facts of another shape are a fault of ours, not of the request. */
function factsOf(record: Image): ImageFacts {
  if (!Value.Check(ImageFacts, record.facts)) throw new Error(`the facts of image ${record.id} are not valid`)
  return record.facts
}
