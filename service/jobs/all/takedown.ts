import { TakedownJob, takedownJobName } from '../../removal/takedowns.ts'
import { defineJob } from '../job.ts'

/** Deletes the objects of one page of images that were taken down, and enqueues the next page. */
export default defineJob({
  name: takedownJobName,
  version: 1,
  payload: TakedownJob,
  key: ({ sha256, takedown, after }) => `${sha256}/${takedown}/${after}`,
  // the images belong to many users, so only administrators can see the job
  subject: () => ({ userId: null }),
  maxAttempts: 10,
  timeoutMs: 300_000,
  isRecorded: true,
  handle: (payload, { takedowns }, signal) => takedowns.runPage(payload, signal),
})
