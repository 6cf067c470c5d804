import { IngestJob, requestedIngestJobName } from '../../ingest/ingestion.ts'
import { defineJob } from '../job.ts'

/**
 * Processes an image as the job `ingest` does, before images without a request. It is enqueued when an image is rendered
 * that has waited for a while. That job stays, so this one is only repeated after its process has died, once.
 */
export default defineJob({
  name: requestedIngestJobName,
  version: 1,
  payload: IngestJob,
  key: ({ userId, imageId }) => `${userId}/${imageId}`,
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  maxAttempts: 2,
  slowAttempts: 1,
  isOptional: true,
  timeoutMs: 300_000,
  yieldsToRequests: true,
  usesIdleCores: true,
  handle: (payload, { ingestion }, signal) => ingestion.runRequested(payload, signal),
})
