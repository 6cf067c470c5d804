import { setTimeout } from 'node:timers/promises'
import Type from 'typebox'
import type { ImageDirectory } from '../delivery/image-directory.ts'
import type { ImageInsights } from '../delivery/image-insights.ts'
import type { Ladders } from '../delivery/ladders.ts'
import type { Engine } from '../engine/engine.ts'
import { DarkroomError, messageOf } from '../errors/catalogue.ts'
import type { Image, ImageVersion } from '../metadata/image.ts'
import type { ImageRepository } from '../metadata/images.ts'
import type { IngestResultRepository } from '../metadata/ingest-results.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import type { Logger } from '../telemetry/logger.ts'
import { publishQuotaNear } from '../webhooks/quota-near.ts'
import type { WebhookEvents } from '../webhooks/webhook-events.ts'
import type { EagerDerivatives } from './eager-derivatives.ts'

/** The name of the job that ingests an image. */
export const ingestJobName = 'ingest'
/** The name of the job that ingests an image before others, because it is requested. */
export const requestedIngestJobName = 'ingest-requested'

/** The payload of the job. */
export const IngestJob = Type.Object({ userId: Type.String(), imageId: Type.String() })
export type IngestJob = Type.Static<typeof IngestJob>

export interface IngestionParts {
  readonly images: Pick<ImageRepository, 'find'>
  readonly ingestResults: Pick<IngestResultRepository, 'markIngested' | 'markIngestFailed'>
  readonly directory: ImageDirectory
  readonly insights: ImageInsights
  readonly ladders: Ladders
  readonly eager: Pick<EagerDerivatives, 'orderPresets'>
  readonly engine: Pick<Engine, 'runWhenIdle'>
  readonly events: Pick<WebhookEvents, 'publish'>
  readonly quotas: Pick<QuotaRepository, 'findLimitedHoldings'>
  readonly logger: Logger
}

/** Ingests images after their uploads. */
export interface Ingestion {
  /**
   * Analyses an image and builds its ladder on an idle core, then orders its eager derivatives. Repeatable:
   * steps that are done are skipped, and a deleted image is ignored.
   * @throws DarkroomError the error of the engine, the store or the database
   */
  run(job: IngestJob, signal: AbortSignal): Promise<void>
  /**
   * The same for an image that is requested, before other images. Does nothing if it is ingested or this process ingests it
   * already. A failure is left to the image's other job.
   */
  runRequested(job: IngestJob, signal: AbortSignal): Promise<void>
  /**
   * Marks the ingest of an image as given up. After a permanent failure it also publishes that the image is ready: it
   * can be served all the same, and nothing more is to come. Never throws.
   */
  abandon(job: IngestJob, failure: { readonly permanent: boolean }): void
  /** Resolves when all runs have ended. The caller must have aborted their signals. */
  close(): Promise<void>
}

/** How long ingest waits after an upload, in milliseconds: the image's first requests are expected in this time. */
const firstRequestsMs = 1_000
/** How long each step yields to requests at most, in milliseconds. */
const maxYieldMs = 30_000

export function createIngestion(parts: IngestionParts): Ingestion {
  const { logger } = parts
  const running = new Set<Promise<unknown>>()
  /** The images that this process ingests now, by id. */
  const current = new Map<string, Promise<unknown>>()
  const track = <T>(work: Promise<T>): Promise<T> => {
    const done = work.catch(() => {}).finally(() => running.delete(done))
    running.add(done)
    return work
  }
  const ingest = (job: IngestJob, context: RunContext) => {
    const work = track(ingestImage(parts, job, context))
    const done = work
      .catch(() => {})
      .finally(() => current.get(job.imageId) === done && current.delete(job.imageId))
    current.set(job.imageId, done)
    return work
  }
  return {
    async run(job, signal) {
      await current.get(job.imageId)
      await ingest(job, { signal, isUrgent: false })
    },
    async runRequested(job, signal) {
      if (current.has(job.imageId)) return
      await ingest(job, { signal, isUrgent: true }).catch(error => {
        if (signal.aborted) throw error
        logger.info({ imageId: job.imageId, reason: messageOf(error) }, 'failed to ingest a requested image')
      })
    },
    abandon({ userId, imageId }, { permanent }) {
      const marked = markAsFailed(parts, { userId, imageId }, permanent).catch(error =>
        // the outbox sweep enqueues it again, and it is abandoned again
        logger.warn({ imageId, reason: messageOf(error) }, 'failed to record that an ingest was given up'),
      )
      void track(marked)
    },
    async close() {
      await Promise.all(running)
    },
  }
}

/** How an ingestion runs. */
interface RunContext {
  readonly signal: AbortSignal
  /** Whether it runs before those that are not. */
  readonly isUrgent: boolean
}

async function ingestImage(
  parts: IngestionParts,
  { userId, imageId }: IngestJob,
  context: RunContext,
): Promise<void> {
  const { images, ingestResults, eager } = parts
  const image = await images.find(userId, imageId)
  if (image?.state !== 'ready') return
  // ingested before its job arrived, because it was requested
  if (context.isUrgent && image.ingestedAt !== null) return
  try {
    await waitForFirstRequests(image.createdAt, context.signal)
    await buildMissing(parts, userId, imageId, context)
    // if it was ingested before, this run only rebuilds its lost ladder: nothing is ordered or published again
    const isNew = image.ingestedAt === null
    // earlier versions marked an abandoned image as ingested, too
    if (isNew || image.insight === null) await eager.orderPresets(userId, imageId)
    if (isNew) await publishReady(parts, image)
    if (await ingestResults.markIngested(versionOf(image))) return
    if ((await images.find(userId, imageId))?.state === 'ready') throw replacedMeanwhile()
  } catch (error) {
    if (!(error instanceof DarkroomError) || error.code !== 'deleted') throw error
  }
}

async function markAsFailed(
  parts: IngestionParts,
  { userId, imageId }: IngestJob,
  permanent: boolean,
): Promise<void> {
  const image = await parts.images.find(userId, imageId)
  if (image?.state !== 'ready' || image.ingestedAt !== null) return
  if (permanent) await publishReady(parts, image)
  await parts.ingestResults.markIngestFailed(versionOf(image))
}

const versionOf = ({ userId, id: imageId, version }: Image): ImageVersion => ({ userId, imageId, version })

/** The job is tried again, with the new original. */
const replacedMeanwhile = () =>
  new DarkroomError('unavailable', 'the original of the image was replaced while it was ingested', {
    isOutage: false,
  })

/** The dedupe key makes it one event for an original that is ingested twice. */
async function publishReady(parts: IngestionParts, image: Image): Promise<void> {
  const { id: imageId, userId, title, tags, format, width, height, pages, bytes, sha256, version } = image
  const data = { imageId, title, tags, format, width, height, pages, bytes, sha256 }
  const dedupeKey = `image.ready/${imageId}${version === null ? '' : `/${version}`}`
  await parts.events.publish(userId, { event: 'image.ready', data, dedupeKey })
  await publishQuotaNear(parts, userId)
}

/**
 * Makes the insight first, then the ladder, because the format of the rungs depends on whether the insight says that
 * the image is a drawing or a photograph. Both run in the background, so that requests come first.
 */
async function buildMissing(
  { images, directory, insights, ladders, engine }: IngestionParts,
  userId: string,
  imageId: string,
  { signal, isUrgent }: RunContext,
): Promise<void> {
  const request = { signal, isUrgent, maxWaitMs: maxYieldMs }
  // forget the cached row: another process may have found that a rung is missing, and removed the ladder from the row
  directory.forget(userId, imageId)
  const image = await directory.find(userId, imageId)
  if (image.insight === undefined) {
    await engine.runWhenIdle(request, () => insights.get(image, signal, true))
    // a render goes on with an analysis that could not be stored, ingest does not
    if ((await images.find(userId, imageId))?.insight === null)
      throw new DarkroomError('unavailable', 'the analysis of the image could not be stored')
  }
  if (!ladders.isMissing(await directory.find(userId, imageId))) return
  await engine.runWhenIdle(request, async () => {
    await ladders.build(await directory.find(userId, imageId), signal)
  })
}

/** Gives way to the first requests for an image, which come right after its upload. */
async function waitForFirstRequests(createdAt: Date, signal: AbortSignal): Promise<void> {
  // bounded, because the clocks of processes differ
  const waitMs = Math.min(createdAt.getTime() + firstRequestsMs - Date.now(), firstRequestsMs)
  if (waitMs > 0) await setTimeout(waitMs, undefined, { signal })
}
