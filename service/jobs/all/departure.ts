import { UserDeletionJob, userDeletionJobName } from '../../removal/user-deletion.ts'
import { defineJob } from '../job.ts'

/** Clears away what a deleted user has left. */
export default defineJob({
  name: userDeletionJobName,
  version: 1,
  payload: UserDeletionJob,
  key: ({ userId }) => userId,
  // his row goes, so that only administrators see it
  subject: () => ({ userId: null }),
  maxAttempts: 10,
  // as many objects as a store lists and deletes in it; what is left is found by the sweep
  timeoutMs: 600_000,
  handle: (order, { userDeletion }, signal) => userDeletion.run(order, signal),
})
