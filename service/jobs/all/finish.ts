import { DerivativeJob } from '../../delivery/derivative-job.ts'
import { finishJobName } from '../../delivery/standins.ts'
import { derivativeKey } from '../../storage/keys.ts'
import { defineJob } from '../job.ts'

/** Makes a stand-in final: as small as the asked-for effort gets it, and no worse to look at. */
export default defineJob({
  name: finishJobName,
  version: 1,
  payload: DerivativeJob,
  key: ({ userId, file }) => derivativeKey(userId, file),
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  maxAttempts: 3,
  // it gives way to requests first
  timeoutMs: 300_000,
  yieldsToRequests: true,
  handle: (order, { renderWorker }, signal) => renderWorker.finish(order, signal),
})
