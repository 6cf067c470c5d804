import { IngestJob, ingestJobName } from '../../ingest/ingestion.ts'
import { defineJob } from '../job.ts'

/** Processes a new image: analyses its pixels, builds its ladder and enqueues its eager derivatives. */
export default defineJob({
  name: ingestJobName,
  version: 1,
  payload: IngestJob,
  key: ({ userId, imageId }) => `${userId}/${imageId}`,
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  maxAttempts: 5,
  // time to yield to requests, then to build the ladder of the largest image on a slow machine
  timeoutMs: 300_000,
  yieldsToRequests: true,
  handle: (payload, { ingestion }, signal) => ingestion.run(payload, signal),
  onFailure: (payload, { ingestion }, failure) => ingestion.abandon(payload, failure),
})
