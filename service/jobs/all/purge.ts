import { PurgeJob, purgeJobName } from '../../removal/purge-job.ts'
import { defineJob } from '../job.ts'

/** Purges a page of many images, and has the next one purged: so a set of any size is done, whoever dies meanwhile. */
export default defineJob({
  name: purgeJobName,
  version: 1,
  payload: PurgeJob,
  key: ({ userId, purge, after }) => `${userId}/${purge}/${after}`,
  subject: ({ userId }) => ({ userId }),
  maxAttempts: 10,
  timeoutMs: 300_000,
  handle: (order, { purger }, signal) => purger.runPage(order, signal),
})
