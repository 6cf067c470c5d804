import { createHash } from 'node:crypto'
import { PurgeEdgeJob, purgeEdgeJobName } from '../../edge/edge-purger.ts'
import { defineJob } from '../job.ts'

/** Tells a cache in front what to forget. */
export default defineJob({
  name: purgeEdgeJobName,
  version: 1,
  payload: PurgeEdgeJob,
  key: ({ target, tags, purge }) =>
    `${target}/${createHash('sha256').update(tags.join(' ')).digest('base64url')}/${purge}`,
  // what stands in front is the administrators' concern alone
  subject: () => ({ userId: null }),
  // some eight minutes, pauses included
  maxAttempts: 20,
  timeoutMs: 120_000,
  // they wait for others more than they work
  concurrency: 32,
  handle: (order, { edge }, signal) => edge.send(order, signal),
  onFailure: (order, { edge }) => edge.abandon(order),
})
