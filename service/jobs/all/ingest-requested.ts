import { IngestJob, requestedIngestJobName } from '../../ingest/ingestion.ts'
import { defineJob } from '../job.ts'

/**
 * Processes an image as the job `ingest` does, before images that nobody has requested. It is enqueued when an image is rendered
 * that has waited for a while. That job stays, so a failure of this one is not recorded.
 */
export default defineJob({
  name: requestedIngestJobName,
  version: 1,
  payload: IngestJob,
  key: ({ userId, imageId }) => `${userId}/${imageId}`,
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  maxAttempts: 1,
  timeoutMs: 300_000,
  yieldsToRequests: true,
  usesIdleCores: true,
  handle: (payload, { ingestion }, signal) => ingestion.runRequested(payload, signal),
})
