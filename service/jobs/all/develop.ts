import { DerivativeJob, developJobName } from '../../delivery/derivative-job.ts'
import { derivativeKey } from '../../storage/keys.ts'
import { defineJob } from '../job.ts'

/** Develops a derivative that is too heavy for a request. */
export default defineJob({
  name: developJobName,
  version: 1,
  payload: DerivativeJob,
  key: ({ userId, file }) => derivativeKey(userId, file),
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  maxAttempts: 5,
  // the dearest that a URL may ask for, on a slow machine, behind others
  timeoutMs: 300_000,
  handle: (order, { renderWorker }, signal) => renderWorker.render(order, signal),
  onFailure: (order, { renderWorker }, failure) => renderWorker.reportFailure(order, failure),
})
