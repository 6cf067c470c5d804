import Type from 'typebox'
import Value from 'typebox/value'
import type { TieredCache } from '../cache/tiered-cache.ts'
import type { ImageDirectory } from '../delivery/image-directory.ts'
import type { Queue } from '../queue/queue.ts'
import { derivativePrefixes } from '../storage/keys.ts'

const topic = 'purge'

/** As many as fit into a message. */
const mostImages = 1_000

const News = Type.Object({
  userId: Type.String(),
  imageIds: Type.Array(Type.String(), { maxItems: mostImages }),
})

/**
 * Has every process forget what it knows of images, this one at once. Others hear of it while the queue is there; without
 * it they see it in the database, which they ask twice a second.
 */
export interface PurgeNotices {
  publish(userId: string, imageIds: readonly string[]): void
  close(): void
}

export interface PurgeNoticesParts {
  readonly queue: Queue
  readonly cache: TieredCache
  readonly directory: ImageDirectory
}

export function createPurgeNotices({ queue, cache, directory }: PurgeNoticesParts): PurgeNotices {
  const forget = (userId: string, imageIds: readonly string[]) => {
    for (const imageId of imageIds) directory.forget(userId, imageId)
    cache.evict(imageIds.flatMap(imageId => derivativePrefixes(userId, imageId)))
  }
  const close = queue.subscribe(topic, message => {
    if (Value.Check(News, message)) forget(message.userId, message.imageIds)
  })
  return {
    publish(userId, imageIds) {
      forget(userId, imageIds)
      queue.broadcast(topic, { userId, imageIds })
    },
    close,
  }
}
