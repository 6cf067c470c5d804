import { DevelopOrder, developName } from '../../delivery/develop-order.ts'
import { derivativeKey } from '../../storage/keys.ts'
import { job } from '../job.ts'

/** Develops a derivative that is too heavy for a request. */
export default job({
  name: developName,
  version: 1,
  payload: DevelopOrder,
  key: ({ userId, file }) => derivativeKey(userId, file),
  subject: ({ userId, imageId }) => ({ userId, imageId }),
  attempts: 5,
  // the dearest that a URL may ask for, on a slow machine, behind others
  limitMs: 300_000,
  handle: (order, { workshop }, signal) => workshop.develop(order, signal),
  givenUp: (order, { workshop }, failure) => workshop.giveUp(order, failure),
})
