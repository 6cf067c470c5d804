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

/** The name of the job that takes an image in. */
export const ingestJobName = 'ingest'

/** An image of which somebody shall make what is made once. */
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

/** Where images are taken in behind their uploads. */
export interface Ingestion {
  /**
   * Makes what is made of an image once, when the engine has time, and orders its eager derivatives. Does only what is not done yet, so it may be
   * repeated; of an image that was deleted there is nothing to do.
   * @throws DarkroomError what the engine, the store or the database has to say
   */
  run(order: IngestJob, signal: AbortSignal): Promise<void>
  /** Notes that an image will not be taken in: requests make what they need of it. Never throws. */
  abandon(order: IngestJob): void
  /** Resolves when nothing of it runs any more, that was told to end. */
  close(): Promise<void>
}

/** When an upload's first requests are over, in milliseconds. */
const settledMs = 1_000
/** For how long an image gives way to requests at most, in milliseconds. */
const patienceMs = 30_000

export function createIngestion(parts: IngestionParts): Ingestion {
  const { logger } = parts
  const underWay = new Set<Promise<unknown>>()
  const track = <T>(work: Promise<T>): Promise<T> => {
    const done = work.catch(() => {}).finally(() => underWay.delete(done))
    underWay.add(done)
    return work
  }
  return {
    run: (order, signal) => track(takeIn(parts, order, signal)),
    abandon({ userId, imageId }) {
      const noted = endInVain(parts, userId, imageId).catch(error =>
        // it will be handed out again, and given up again
        logger.warn({ imageId, reason: messageOf(error) }, 'an image that was given up could not be marked'),
      )
      void track(noted)
    },
    async close() {
      await Promise.all(underWay)
    },
  }
}

async function takeIn(
  parts: IngestionParts,
  { userId, imageId }: IngestJob,
  signal: AbortSignal,
): Promise<void> {
  const { images, engine, eager } = parts
  const image = await images.find(userId, imageId)
  if (image?.state !== 'ready') return
  try {
    await settle(engine, image.createdAt, signal)
    await ingest(parts, userId, imageId, signal)
    // an image that only lost its ladder is not a fresh one
    if (image.ingestedAt === null) {
      await eager.orderPresets(userId, imageId)
      await tellReady(parts, image)
    }
    await images.markIngested(userId, imageId)
  } catch (error) {
    if (!(error instanceof DarkroomError) || error.code !== 'deleted') throw error
  }
}

/** An image is ready even so. */
async function endInVain(parts: IngestionParts, userId: string, imageId: string): Promise<void> {
  const image = await parts.images.find(userId, imageId)
  if (image?.state !== 'ready') return
  if (image.ingestedAt === null) await tellReady(parts, image)
  await parts.images.markIngested(userId, imageId)
}

/** Of an image that is taken in twice, one is told. */
async function tellReady(parts: IngestionParts, image: Image): Promise<void> {
  const { id: imageId, userId, title, tags, format, width, height, pages, bytes, sha256 } = image
  const data = { imageId, title, tags, format, width, height, pages, bytes, sha256 }
  await parts.events.publish(userId, { event: 'image.ready', data, dedupeKey: `image.ready/${imageId}` })
  await publishQuotaNear(parts, userId)
}

/** First what is seen in the pixels, then the ladder: a drawing is told from a photograph by what was seen. */
async function ingest(
  { directory, insights, ladders }: IngestionParts,
  userId: string,
  imageId: string,
  signal: AbortSignal,
): Promise<void> {
  // another process may just have found that a rung is lost
  directory.forget(userId, imageId)
  await insights.get(await directory.find(userId, imageId), signal)
  await ladders.build(await directory.find(userId, imageId), signal)
}

/** Right after an upload come its first requests. */
async function settle(engine: Pick<Engine, 'load'>, createdAt: Date, signal: AbortSignal): Promise<void> {
  // clocks may differ
  const unsettled = Math.min(Math.max(0, createdAt.getTime() + settledMs - Date.now()), settledMs)
  await setTimeout(unsettled, undefined, { signal })
  await yieldToRequests(engine, patienceMs, signal)
}
