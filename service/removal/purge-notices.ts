import Type from 'typebox'
import Value from 'typebox/value'
import type { ChangeLog } from '../cache/change-log.ts'
import type { TieredCache } from '../cache/tiered-cache.ts'
import type { ImageDirectory } from '../delivery/image-directory.ts'
import type { Queue } from '../queue/queue.ts'
import { derivativePrefixes } from '../storage/keys.ts'

const topic = 'purge'

/** The most images of one message. */
const maxImages = 1_000

const PurgeNotice = Type.Object({
  userId: Type.String(),
  imageIds: Type.Array(Type.String(), { maxItems: maxImages }),
})

/**
 * Removes images from the caches of this process at once, and from those of other processes by a message through the
 * queue. Without the queue, other processes notice the change of the image's row (`ChangeLog`).
 */
export interface PurgeNotices {
  publish(userId: string, imageIds: readonly string[]): void
  close(): void
}

export interface PurgeNoticesParts {
  readonly queue: Queue
  readonly cache: TieredCache
  readonly directory: ImageDirectory
  readonly changes: Pick<ChangeLog, 'record'>
}

export function createPurgeNotices({ queue, cache, directory, changes }: PurgeNoticesParts): PurgeNotices {
  const invalidate = (userId: string, imageIds: readonly string[]) => {
    for (const imageId of imageIds) directory.forget(userId, imageId)
    // responses that were prepared before are not sent: the database's notice comes later, or not at all before ingestion
    changes.record(imageIds.map(imageId => `${userId}/${imageId}`))
    cache.evict(imageIds.flatMap(imageId => derivativePrefixes(userId, imageId)))
  }
  const close = queue.subscribe(topic, message => {
    if (Value.Check(PurgeNotice, message)) invalidate(message.userId, message.imageIds)
  })
  return {
    publish(userId, imageIds) {
      invalidate(userId, imageIds)
      queue.broadcast(topic, { userId, imageIds })
    },
    close,
  }
}
