import { IngestJob, ingestJobName } from '../../ingest/ingestion.ts'
import { defineJob } from '../job.ts'

/** Takes a fresh image in: what is seen in its pixels, its ladder, and the order of its eager derivatives. */
export default defineJob({
  name: ingestJobName,
  version: 1,
  payload: IngestJob,
  key: ({ userId, imageId }) => `${userId}/${imageId}`,
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  maxAttempts: 5,
  // giving way to requests, and then a ladder of the largest picture on a slow machine
  timeoutMs: 300_000,
  yieldsToRequests: true,
  handle: (order, { ingestion }, signal) => ingestion.run(order, signal),
  onFailure: (order, { ingestion }) => ingestion.abandon(order),
})
