import { IngestJob, ingestJobName } from '../../ingest/ingestion.ts'
import { defineJob } from '../job.ts'

/**
 * Processes a new image: analyses its pixels, builds its ladder (smaller copies from which it is rendered faster), and
 * enqueues its eager derivatives (those that are rendered before the first request).
 */
export default defineJob({
  name: ingestJobName,
  version: 1,
  payload: IngestJob,
  key: ({ userId, imageId }) => `${userId}/${imageId}`,
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  maxAttempts: 5,
  // enough to wait while requests are served first, and then to build the largest image's ladder on a slow machine
  timeoutMs: 300_000,
  yieldsToRequests: true,
  usesIdleCores: true,
  handle: (payload, { ingestion }, signal) => ingestion.run(payload, signal),
  onFailure: (payload, { ingestion }, failure) => ingestion.abandon(payload, failure),
})
