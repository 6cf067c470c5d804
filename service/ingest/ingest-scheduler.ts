import { LRUCache } from 'lru-cache'
import { messageOf } from '../errors/catalogue.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { IngestJob } from './ingestion.ts'

/** For how long an image is left alone that was handed out, in milliseconds: where it does not help, every request asks again. */
const restMs = 600_000
/** The same where nobody could be asked. */
const pauseMs = 5_000

export interface IngestSchedulerParts {
  /** Puts the job where somebody takes it. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly publish: (order: IngestJob) => Promise<unknown>
  readonly logger: Logger
}

/** Leaves to others what nobody waits for. */
export interface IngestScheduler {
  /**
   * Has an image taken in by whoever has time; never waits and never throws. A fresh image that cannot be handed out
   * now is found again by its row.
   */
  enqueueIngest(userId: string, imageId: string): void
}

export function createIngestScheduler({ publish, logger }: IngestSchedulerParts): IngestScheduler {
  const rests = new LRUCache<string, true>({ max: 10_000, ttl: restMs })
  return {
    enqueueIngest(userId, imageId) {
      const key = `${userId}/${imageId}`
      if (rests.has(key)) return
      rests.set(key, true)
      publish({ userId, imageId }).catch(error => {
        rests.set(key, true, { ttl: pauseMs })
        logger.warn({ imageId, reason: messageOf(error) }, 'an image could not be handed out to be taken in')
      })
    },
  }
}
