import { PurgeJob, purgeJobName } from '../../removal/purge-job.ts'
import { defineJob } from '../job.ts'

/** Purges one page of images and enqueues the next, so that a purge of any size survives the death of a process. */
export default defineJob({
  name: purgeJobName,
  version: 1,
  payload: PurgeJob,
  key: ({ userId, purge, after }) => `${userId}/${purge}/${after}`,
  subject: ({ userId }) => ({ userId }),
  maxAttempts: 10,
  timeoutMs: 300_000,
  isRecorded: true,
  handle: (payload, { purger }, signal) => purger.runPage(payload, signal),
})
