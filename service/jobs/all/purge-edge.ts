import { createHash } from 'node:crypto'
import { PurgeEdgeJob, purgeEdgeJobName } from '../../edge/edge-purger.ts'
import { defineJob } from '../job.ts'

/** Sends a purge call to a CDN. */
export default defineJob({
  name: purgeEdgeJobName,
  version: 1,
  payload: PurgeEdgeJob,
  key: ({ target, tags, purge }) =>
    `${target}/${createHash('sha256').update(tags.join(' ')).digest('base64url')}/${purge}`,
  // only administrators configure CDNs
  subject: () => ({ userId: null }),
  // about eight minutes, including the delays
  maxAttempts: 20,
  timeoutMs: 120_000,
  // purge calls mostly wait for the network
  concurrency: 32,
  handle: (payload, { edge }, signal) => edge.send(payload, signal),
  onFailure: (payload, { edge }) => edge.abandon(payload),
})
