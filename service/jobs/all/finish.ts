import { DevelopOrder } from '../../delivery/develop-order.ts'
import { finishName } from '../../delivery/standins.ts'
import { derivativeKey } from '../../storage/keys.ts'
import { job } from '../job.ts'

/** Makes a stand-in final: as small as the asked-for effort gets it, and no worse to look at. */
export default job({
  name: finishName,
  version: 1,
  payload: DevelopOrder,
  key: ({ userId, file }) => derivativeKey(userId, file),
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  attempts: 3,
  // it gives way to requests first
  limitMs: 300_000,
  givesWay: true,
  handle: (order, { workshop }, signal) => workshop.finish(order, signal),
})
