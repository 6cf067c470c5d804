import { DerivativeJob, developJobName } from '../../delivery/derivative-job.ts'
import { derivativeKey } from '../../storage/keys.ts'
import { defineJob } from '../job.ts'

/** Renders a derivative that is too expensive for a request. */
export default defineJob({
  name: developJobName,
  version: 1,
  payload: DerivativeJob,
  key: ({ userId, file, version }) => derivativeKey(userId, file, version),
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  maxAttempts: 5,
  // a render that exceeds its time limit would do so again, unless the machine was overloaded
  slowAttempts: 2,
  // the most expensive derivative that a URL may request, on a slow machine, after waiting for others
  timeoutMs: 300_000,
  handle: (payload, { renderWorker }, signal) => renderWorker.render(payload, signal),
  onFailure: (payload, { renderWorker }, failure) => renderWorker.reportFailure(payload, failure),
})
