import { setTimeout } from 'node:timers/promises'
import Type from 'typebox'
import type { ImageDirectory } from '../delivery/image-directory.ts'
import type { ImageInsights } from '../delivery/image-insights.ts'
import type { Ladders } from '../delivery/ladders.ts'
import { yieldToRequests } from '../delivery/yield-to-requests.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { Image } from '../metadata/image.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import type { Logger } from '../telemetry/logger.ts'
import { publishQuotaNear } from '../webhooks/quota-near.ts'
import type { WebhookEvents } from '../webhooks/webhook-events.ts'
import type { EagerDerivatives } from './eager-derivatives.ts'

/** The name of the job that ingests an image. */
export const ingestJobName = 'ingest'

/** The payload of the job. */
export const IngestJob = Type.Object({ userId: Type.String(), imageId: Type.String() })
export type IngestJob = Type.Static<typeof IngestJob>

export interface IngestionParts {
  readonly images: ImageRepository
  readonly directory: ImageDirectory
  readonly insights: ImageInsights
  readonly ladders: Ladders
  readonly eager: Pick<EagerDerivatives, 'orderPresets'>
  readonly engine: Pick<Engine, 'load'>
  readonly events: Pick<WebhookEvents, 'publish'>
  readonly quotas: Pick<QuotaRepository, 'findLimitedHoldings'>
  readonly logger: Logger
}

/** Ingests images after their uploads. */
export interface Ingestion {
  /**
   * Analyses an image and builds its ladder when the engine is idle, then orders its eager derivatives. Repeatable: steps
   * that are done are skipped, and a deleted image is ignored.
   * @throws DarkroomError the error of the engine, the store or the database
   */
  run(job: IngestJob, signal: AbortSignal): Promise<void>
  /** Marks an image as done whose ingest has failed: requests work without it. Never throws. */
  abandon(job: IngestJob): void
  /** Resolves when every run, whose signal the caller has aborted, has ended. */
  close(): Promise<void>
}

/** How long after an upload its first requests are expected, in milliseconds. */
const settleMs = 1_000
/** How long the ingest of an image yields to requests at most, in milliseconds. */
const maxYieldMs = 30_000

export function createIngestion(parts: IngestionParts): Ingestion {
  const { logger } = parts
  const running = new Set<Promise<unknown>>()
  const track = <T>(work: Promise<T>): Promise<T> => {
    const done = work.catch(() => {}).finally(() => running.delete(done))
    running.add(done)
    return work
  }
  return {
    run: (job, signal) => track(ingestImage(parts, job, signal)),
    abandon({ userId, imageId }) {
      const marked = markAsDone(parts, userId, imageId).catch(error =>
        // the outbox sweep enqueues it again, and it is abandoned again
        logger.warn({ imageId, reason: messageOf(error) }, 'failed to mark an abandoned ingest'),
      )
      void track(marked)
    },
    async close() {
      await Promise.all(running)
    },
  }
}

async function ingestImage(
  parts: IngestionParts,
  { userId, imageId }: IngestJob,
  signal: AbortSignal,
): Promise<void> {
  const { images, engine, eager } = parts
  const image = await images.find(userId, imageId)
  if (image?.state !== 'ready') return
  try {
    await waitForIdleEngine(engine, image.createdAt, signal)
    await buildOnce(parts, userId, imageId, signal)
    // an image that was ingested before has only lost its ladder
    if (image.ingestedAt === null) {
      await eager.orderPresets(userId, imageId)
      await publishReady(parts, image)
    }
    await images.markIngested(userId, imageId)
  } catch (error) {
    if (!(error instanceof DarkroomError) || error.code !== 'deleted') throw error
  }
}

/** An image is ready without its insight and ladder, too. */
async function markAsDone(parts: IngestionParts, userId: string, imageId: string): Promise<void> {
  const image = await parts.images.find(userId, imageId)
  if (image?.state !== 'ready') return
  if (image.ingestedAt === null) await publishReady(parts, image)
  await parts.images.markIngested(userId, imageId)
}

/** The dedupe key makes it one event for an image that is ingested twice. */
async function publishReady(parts: IngestionParts, image: Image): Promise<void> {
  const { id: imageId, userId, title, tags, format, width, height, pages, bytes, sha256 } = image
  const data = { imageId, title, tags, format, width, height, pages, bytes, sha256 }
  await parts.events.publish(userId, { event: 'image.ready', data, dedupeKey: `image.ready/${imageId}` })
  await publishQuotaNear(parts, userId)
}

/** The insight comes before the ladder, whose format depends on whether it has found a drawing or a photograph. */
async function buildOnce(
  { directory, insights, ladders }: IngestionParts,
  userId: string,
  imageId: string,
  signal: AbortSignal,
): Promise<void> {
  // another process may just have found that a rung is missing
  directory.forget(userId, imageId)
  await insights.get(await directory.find(userId, imageId), signal)
  await ladders.build(await directory.find(userId, imageId), signal)
}

/** The first requests for an image come right after its upload, and go first. */
async function waitForIdleEngine(
  engine: Pick<Engine, 'load'>,
  createdAt: Date,
  signal: AbortSignal,
): Promise<void> {
  // bounded, because the clocks of processes differ
  const waitMs = Math.min(Math.max(0, createdAt.getTime() + settleMs - Date.now()), settleMs)
  await setTimeout(waitMs, undefined, { signal })
  await yieldToRequests(engine, maxYieldMs, signal)
}
