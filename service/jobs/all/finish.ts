import { DerivativeJob, finishJobName } from '../../delivery/derivative-job.ts'
import { derivativeKey } from '../../storage/keys.ts'
import { defineJob } from '../job.ts'

/** Replaces a stand-in by the final derivative: as small as the requested effort allows, and of no lower quality. */
export default defineJob({
  name: finishJobName,
  version: 1,
  payload: DerivativeJob,
  key: ({ userId, file, version }) => derivativeKey(userId, file, version),
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  maxAttempts: 3,
  slowAttempts: 1,
  // includes up to a minute in which the job yields to requests
  timeoutMs: 300_000,
  yieldsToRequests: true,
  handle: (payload, { renderWorker }, signal) => renderWorker.finish(payload, signal),
})
