import { PurgeJob, purgeJobName } from '../../removal/purge-job.ts'
import { job } from '../job.ts'

/** Purges a page of many images, and has the next one purged: so a set of any size is done, whoever dies meanwhile. */
export default job({
  name: purgeJobName,
  version: 1,
  payload: PurgeJob,
  key: ({ userId, purge, after }) => `${userId}/${purge}/${after}`,
  subject: ({ userId }) => ({ userId }),
  attempts: 10,
  limitMs: 300_000,
  handle: (order, { purger }, signal) => purger.runPage(order, signal),
})
