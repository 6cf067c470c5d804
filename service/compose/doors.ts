import { createHmac } from 'node:crypto'
import { createVerifier } from '../access/verifier.ts'
import { createDelivery } from '../delivery/deliver.ts'
import { createOriginalDelivery } from '../delivery/deliver-original.ts'
import { DerivativeLoader } from '../delivery/derivative-loader.ts'
import { createExplain } from '../delivery/explain.ts'
import { createSigner } from '../delivery/signing.ts'
import { maxTags } from '../http/labels.ts'
import { createDirectUploads } from '../ingest/direct/direct-uploads.ts'
import { createUploadUrlSigner } from '../ingest/direct/upload-url-signer.ts'
import { createImageImporter } from '../ingest/import/image-importer.ts'
import { createUploads, type Uploads } from '../ingest/uploads.ts'
import { DirectUploadRepository } from '../metadata/direct-uploads.ts'
import { DuplicateRepository } from '../metadata/duplicates.ts'
import { ImageTagRepository } from '../metadata/image-tags.ts'
import type { Queue } from '../queue/queue.ts'
import { createBulkActions } from '../removal/bulk-actions.ts'
import { createImageEditor } from '../removal/image-editor.ts'
import type { Base } from './base.ts'
import type { Ground } from './ground.ts'
import type { Jobs } from './jobs.ts'
import type { Making } from './making.ts'

/** The answers to requests for images. */
export function deliveryOf(
  { store, queue, logger }: Base,
  ground: Ground,
  making: Making,
  { heavy, eager, waiting }: Jobs,
) {
  const { signingKeys, users, policyStore: policies, directory } = ground
  const { derivatives, images, failedJobs, developmentQuota, rates } = ground
  const loading = { ...making, directory, heavy, developmentQuota, logger }
  const loader = new DerivativeLoader(loading)
  return {
    verify: createVerifier({ signingKeys, users, rates }),
    deliver: createDelivery({ ...making, directory, derivatives, loader }),
    explain: createExplain({ ...making, users, policies, derivatives, store, heavy }),
    original: createOriginalDelivery({ directory, store, images }),
    eager,
    failedJobs,
    retryJob: (job: Parameters<Queue['enqueue']>[0]) => queue.enqueue(job),
    waitingJobs: waiting,
  }
}

/** What the API works with. */
export function doorOf(base: Base, ground: Ground, making: Making, publicUrl: string) {
  const { config, store, database, queue, secrets, stagingDirectory } = base
  const { images, derivatives, cache, directory, engine, operations, users, webhooks } = ground
  const { presets, presetStore, policies, policyStore, signingKeys, quotas, rates } = ground
  const { metrics, usage, usageRows } = ground
  const {
    imageDeleter,
    ingestScheduler,
    purges,
    purger,
    userDeletion,
    purgeNotices,
    edge,
    takedowns,
    takedownRows,
  } = making
  const maxUploadBytes = config.DARKROOM_MAX_UPLOAD_MB * 1_000_000
  const { resolve } = making
  const signing = { operations, resolve, policies: policyStore, directory, signingKeys, users, publicUrl }
  const receiving = { images, quotas, store, engine, imageDeleter, ingestScheduler, stagingDirectory }
  const uploads = createUploads({ ...receiving, takedowns: takedownRows, maxBytes: maxUploadBytes })
  return {
    uploads,
    directUploads: directUploadsOf(base, ground, making, { uploads, publicUrl, maxBytes: maxUploadBytes }),
    importer: createImageImporter({ uploads, reach: base.reach, maxBytes: maxUploadBytes }),
    bulk: createBulkActions({ imageDeleter, tags: new ImageTagRepository(database), maxTags }),
    duplicates: new DuplicateRepository(database),
    imageEditor: createImageEditor({ images, derivatives, purges, store, purgeNotices, edge }),
    signer: createSigner(signing),
    imageDeleter,
    purger,
    userDeletion,
    takedowns,
    takedownRows,
    tagHeaders: edge.tagHeaders,
    rates,
    webhooks,
    images,
    derivatives,
    operations,
    presets,
    presetStore,
    policies,
    policyStore,
    users,
    cache,
    checks: {
      database: (signal: AbortSignal) => database.check(signal),
      storage: (signal: AbortSignal) => store.check(signal),
      ...(config.NATS_URL !== undefined && { queue: (signal: AbortSignal) => queue.check(signal) }),
    },
    metrics,
    usage,
    usageRows,
    quotas,
    jwtSecret: secrets.jwtSecret,
    maxUploadBytes,
  }
}

/** Uploads past the service, or by a URL of the service that is signed with a key which follows from a secret of all processes. */
function directUploadsOf(
  { database, store, secrets, logger }: Base,
  { images }: Ground,
  { imageDeleter, takedownRows: takedowns }: Making,
  { publicUrl, ...receiving }: { uploads: Uploads; publicUrl: string; maxBytes: number },
) {
  const secret = createHmac('sha256', secrets.jwtSecret).update('direct uploads').digest()
  const urlSigner = createUploadUrlSigner({ secret, publicUrl })
  const rows = new DirectUploadRepository(database)
  return createDirectUploads({
    ...receiving,
    database,
    rows,
    images,
    takedowns,
    store,
    imageDeleter,
    urlSigner,
    logger,
  })
}
