import { createHmac } from 'node:crypto'
import { type DerivativeJob, developJobName } from '../delivery/derivative-job.ts'
import { createDirectUploads } from '../ingest/direct/direct-uploads.ts'
import { createUploadUrlSigner } from '../ingest/direct/upload-url-signer.ts'
import { createEagerDerivatives } from '../ingest/eager-derivatives.ts'
import { createImageImporter } from '../ingest/import/image-importer.ts'
import { createImageImports } from '../ingest/import/image-imports.ts'
import { createIngestScheduler, type IngestScheduler } from '../ingest/ingest-scheduler.ts'
import { createIngestion, ingestJobName } from '../ingest/ingestion.ts'
import { createOutbox } from '../ingest/outbox.ts'
import { createReplacements } from '../ingest/replacements.ts'
import { createUploadSlots } from '../ingest/upload-slots.ts'
import { createUploads } from '../ingest/uploads.ts'
import type { Delivery } from './delivery.ts'
import type { Foundation } from './foundation.ts'
import { type Infrastructure, receiveLimitsOf } from './infrastructure.ts'
import type { Removal } from './removal.ts'
import type { Services } from './services.ts'

type IngestRooms = Pick<
  Services,
  | 'metadata'
  | 'metrics'
  | 'operations'
  | 'engine'
  | 'access'
  | 'webhooks'
  | 'ingestScheduler'
  | 'enqueueJob'
  | 'taskCreator'
  | 'publicUrl'
> & { readonly delivery: Delivery; readonly removal: Removal }

export type Ingest = ReturnType<typeof composeIngest>

/** Enqueues the ingestion of images. Delivery needs it, too, so it is composed before the rest of ingest. */
export function composeIngestScheduler(
  { logger }: Infrastructure,
  { enqueueJob }: Pick<Foundation, 'enqueueJob'>,
): IngestScheduler {
  return createIngestScheduler({ publish: enqueueJob, logger })
}

/** Uploads, direct uploads and imports, and the one-time processing of each new image. */
export function composeIngest(infrastructure: Infrastructure, rooms: IngestRooms) {
  const { logger, queue, closers } = infrastructure
  const { metadata, metrics, operations, engine, access, webhooks, delivery, enqueueJob } = rooms
  const { images, ingestResults, presets, eagerOrders, failedJobs, users, quotas } = metadata
  const { developmentQuota } = access
  const { directory, insights, ladders, resolve } = delivery
  const eager = createEagerDerivatives({
    ...{ operations, resolve, users, images, presets, eagerOrders, failedJobs },
    ...{ developmentQuota, logger },
    dispatch: (job: DerivativeJob) => enqueueJob(developJobName, job),
  })
  const ingestion = createIngestion({
    ...{ images, ingestResults, directory, insights, ladders, eager, engine, quotas, logger },
    events: webhooks.events,
  })
  closers.push(() => ingestion.close())
  metrics.watchEach('darkroom_images_waiting', async () => ({
    ingest: await ingestResults.countNotIngested(),
  }))
  return {
    ...composeUploads(infrastructure, rooms),
    eager,
    ingestion,
    outbox: createOutbox({
      ingestResults,
      unfinishedJobs: metadata.unfinishedJobs,
      enqueue: job => queue.enqueue(job),
      publish: job => enqueueJob(ingestJobName, job),
    }),
  }
}

function composeUploads(infrastructure: Infrastructure, rooms: IngestRooms) {
  const { config, database, store, secrets, stagingDirectory, networkPolicy, logger } = infrastructure
  const { metadata, engine, ingestScheduler, removal, publicUrl } = rooms
  const { images, users, quotas, takedowns } = metadata
  const { imageDeleter, derivativeRemover, purger } = removal
  const maxBytes = config.DARKROOM_MAX_UPLOAD_MB * 1_000_000
  const uploads = createUploads({
    ...{ images, users, takedowns, quotas, store, engine, imageDeleter, ingestScheduler },
    ...{ stagingDirectory, maxBytes },
    slots: createUploadSlots({
      slots: config.DARKROOM_UPLOAD_SLOTS,
      maxWaitMs: config.DARKROOM_UPLOAD_WAIT_MS,
    }),
  })
  const importer = createImageImporter({
    ...{ uploads, networkPolicy, maxBytes },
    receiveLimits: receiveLimitsOf(config),
  })
  // derived from a secret that all processes share, so that each of them accepts the URLs of the others
  const secret = createHmac('sha256', secrets.jwtSecret).update('direct uploads').digest()
  const urlSigner = createUploadUrlSigner({ secret, publicUrl })
  return {
    uploads,
    maxUploadBytes: maxBytes,
    replacements: createReplacements({
      ...{ database, images, users, takedowns, quotas, store, engine },
      ...{ imageDeleter, derivativeRemover, purger, ingestScheduler, logger },
      originalFiles: metadata.originalFiles,
    }),
    importer,
    imports: createImageImports({
      ...{ images, imageDeleter, quotas, uploads, importer, logger },
      ...{ rows: metadata.imports, tasks: rooms.taskCreator },
    }),
    directUploads: createDirectUploads({
      ...{ database, images, takedowns, store, uploads, imageDeleter, urlSigner, logger, maxBytes },
      rows: metadata.directUploads,
    }),
  }
}
