import { LRUCache } from 'lru-cache'
import { messageOf } from '../errors/catalogue.ts'
import type { ImageVersion } from '../metadata/image.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type IngestJob, ingestJobName, requestedIngestJobName } from './ingestion.ts'

/**
 * How long an image is not enqueued again, in milliseconds. Without this pause, every request for an image whose ladder
 * is still missing after its job would enqueue another job.
 */
const cooldownMs = 600_000
/** The same after the queue did not answer. */
const retryMs = 5_000

export interface IngestSchedulerParts {
  /** Enqueues a job of this name. @throws DarkroomError `unavailable` within a second, or `overloaded` */
  readonly publish: (name: string, job: IngestJob) => Promise<unknown>
  readonly logger: Logger
}

/** Enqueues the ingest of images in the background. */
export interface IngestScheduler {
  /**
   * Enqueues the ingest of an image unless it was enqueued lately. Returns at once and never throws: if a new image
   * could not be enqueued, the outbox sweep finds the image's row and enqueues it.
   */
  enqueueIngest(image: ImageVersion): void
  /** The same for an image that is requested and still waits: it is ingested before images without a request. */
  enqueueRequested(image: ImageVersion): void
}

export function createIngestScheduler({ publish, logger }: IngestSchedulerParts): IngestScheduler {
  const enqueuer = (name: string) => {
    const enqueued = new LRUCache<string, true>({ max: 10_000, ttl: cooldownMs })
    return ({ userId, imageId, version }: ImageVersion) => {
      const key = `${userId}/${imageId}/${version ?? ''}`
      if (enqueued.has(key)) return
      enqueued.set(key, true)
      publish(name, { userId, imageId }).catch(error => {
        enqueued.set(key, true, { ttl: retryMs })
        logger.warn({ imageId, reason: messageOf(error) }, 'failed to enqueue the ingest of an image')
      })
    }
  }
  return { enqueueIngest: enqueuer(ingestJobName), enqueueRequested: enqueuer(requestedIngestJobName) }
}
