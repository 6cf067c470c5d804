import { LRUCache } from 'lru-cache'
import { messageOf } from '../errors/catalogue.ts'
import type { ImageVersion } from '../metadata/image.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { IngestJob } from './ingestion.ts'

/**
 * How long an image is not enqueued again, in milliseconds. Without this pause, every request for an image whose ladder
 * is still missing after its job would enqueue another job.
 */
const cooldownMs = 600_000
/** The same after the queue did not answer. */
const retryMs = 5_000

export interface IngestSchedulerParts {
  /** Enqueues the job. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly publish: (job: IngestJob) => Promise<unknown>
  readonly logger: Logger
}

/** Enqueues the ingest of images in the background. */
export interface IngestScheduler {
  /**
   * Enqueues the ingest of an image unless it was enqueued lately. Returns at once and never throws: if a new image
   * could not be enqueued, the outbox sweep finds the image's row and enqueues it.
   */
  enqueueIngest(image: ImageVersion): void
}

export function createIngestScheduler({ publish, logger }: IngestSchedulerParts): IngestScheduler {
  const enqueued = new LRUCache<string, true>({ max: 10_000, ttl: cooldownMs })
  return {
    enqueueIngest({ userId, imageId, version }) {
      const key = `${userId}/${imageId}/${version ?? ''}`
      if (enqueued.has(key)) return
      enqueued.set(key, true)
      publish({ userId, imageId }).catch(error => {
        enqueued.set(key, true, { ttl: retryMs })
        logger.warn({ imageId, reason: messageOf(error) }, 'failed to enqueue the ingest of an image')
      })
    },
  }
}
