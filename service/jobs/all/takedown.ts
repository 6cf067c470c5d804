import { TakedownJob, takedownJobName } from '../../removal/takedowns.ts'
import { defineJob } from '../job.ts'

/** Clears a page of the images away that a takedown has deleted, and has the next one cleared. */
export default defineJob({
  name: takedownJobName,
  version: 1,
  payload: TakedownJob,
  key: ({ sha256, takedown, after }) => `${sha256}/${takedown}/${after}`,
  // of many users, so that only administrators see it
  subject: () => ({ userId: null }),
  maxAttempts: 10,
  timeoutMs: 300_000,
  handle: (order, { takedowns }, signal) => takedowns.runPage(order, signal),
})
