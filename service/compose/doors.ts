import { createHmac } from 'node:crypto'
import { createVerifier } from '../access/verify.ts'
import { createDelivery } from '../delivery/derivative.ts'
import { createExplain } from '../delivery/explain.ts'
import { createOriginals } from '../delivery/original.ts'
import { createSigner } from '../delivery/signing.ts'
import { maxTags } from '../http/labels.ts'
import { createDirectUploads } from '../ingest/direct/direct-uploads.ts'
import { createOwnDoor } from '../ingest/direct/own-door.ts'
import { createImporter } from '../ingest/import/importer.ts'
import { createUploads, type Uploads } from '../ingest/upload.ts'
import { createDirectUploadRows } from '../metadata/direct-uploads.ts'
import { createDuplicates } from '../metadata/duplicates.ts'
import { createImageTags } from '../metadata/image-tags.ts'
import type { Queue } from '../queue/queue.ts'
import { createBulk } from '../removal/bulk.ts'
import { createEditor } from '../removal/editor.ts'
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
  const { signingKeys, users, access, policyShelf, directory } = ground
  const { derivatives, images, failedJobs, developments, rates } = ground
  const verify = createVerifier(signingKeys, users, rates)
  const explaining = { ...making, users, access, policies: policyShelf, directory, derivatives, store, heavy }
  return {
    deliver: createDelivery({
      ...making,
      verify,
      access,
      directory,
      derivatives,
      heavy,
      developments,
      logger,
    }),
    explain: createExplain(explaining),
    original: createOriginals({ verify, directory, store, images }),
    eager,
    failedJobs,
    retryJob: (job: Parameters<Queue['publish']>[0]) => queue.publish(job),
    waitingJobs: waiting,
  }
}

/** What the API works with. */
export function doorOf(base: Base, ground: Ground, making: Making, publicUrl: string) {
  const { config, store, database, queue, secrets, spoolDirectory } = base
  const { images, derivatives, cache, directory, engine, operations, users, webhooks } = ground
  const { presets, presetShelf, policies, policyShelf, access, signingKeys, quotas, rates } = ground
  const { metrics, usage, usageRows } = ground
  const { cleaner, background, purges, purger, departures, news, edge, takedowns, takedownRows } = making
  const maxUploadBytes = config.DARKROOM_MAX_UPLOAD_MB * 1_000_000
  const signing = { operations, access, policies: policyShelf, directory, signingKeys, users, publicUrl }
  const receiving = { images, quotas, store, engine, cleaner, background, spoolDirectory }
  const uploads = createUploads({ ...receiving, takedowns: takedownRows, maxBytes: maxUploadBytes })
  return {
    uploads,
    directUploads: directUploadsOf(base, ground, making, { uploads, publicUrl, maxBytes: maxUploadBytes }),
    importer: createImporter({ uploads, reach: base.reach, maxBytes: maxUploadBytes }),
    bulk: createBulk({ cleaner, tags: createImageTags(database), maxTags }),
    duplicates: createDuplicates(database),
    editor: createEditor({ images, derivatives, purges, store, news, edge }),
    signer: createSigner(signing),
    cleaner,
    purger,
    departures,
    takedowns,
    takedownRows,
    tagHeaders: edge.tagHeaders,
    rates,
    webhooks,
    images,
    derivatives,
    operations,
    presets,
    presetShelf,
    policies,
    policyShelf,
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

/** Uploads past the service, or by a door of its own that is signed with a key which follows from a secret of all processes. */
function directUploadsOf(
  { database, store, secrets, logger }: Base,
  { images }: Ground,
  { cleaner, takedownRows: takedowns }: Making,
  { publicUrl, ...receiving }: { uploads: Uploads; publicUrl: string; maxBytes: number },
) {
  const secret = createHmac('sha256', secrets.jwtSecret).update('direct uploads').digest()
  const door = createOwnDoor({ secret, publicUrl })
  const rows = createDirectUploadRows(database)
  return createDirectUploads({
    ...receiving,
    database,
    rows,
    images,
    takedowns,
    store,
    cleaner,
    door,
    logger,
  })
}
