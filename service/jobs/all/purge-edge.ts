import { createHash } from 'node:crypto'
import { EdgeOrder, purgeEdgeName } from '../../edge/edge.ts'
import { job } from '../job.ts'

/** Tells a cache in front what to forget. */
export default job({
  name: purgeEdgeName,
  version: 1,
  payload: EdgeOrder,
  key: ({ target, tags, purge }) =>
    `${target}/${createHash('sha256').update(tags.join(' ')).digest('base64url')}/${purge}`,
  // what stands in front is the administrators' concern alone
  subject: () => ({ userId: null }),
  // some eight minutes, pauses included
  attempts: 20,
  limitMs: 120_000,
  // they wait for others more than they work
  atOnce: 32,
  handle: (order, { edge }, signal) => edge.call(order, signal),
  givenUp: (order, { edge }) => edge.giveUp(order),
})
