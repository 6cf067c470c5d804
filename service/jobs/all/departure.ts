import { UserDeletionJob, userDeletionJobName } from '../../removal/user-deletion.ts'
import { defineJob } from '../job.ts'

/** Deletes the objects and rows of a deleted user. */
export default defineJob({
  name: userDeletionJobName,
  version: 1,
  payload: UserDeletionJob,
  key: ({ userId }) => userId,
  // the user's row is deleted, so only administrators can see the job
  subject: () => ({ userId: null }),
  maxAttempts: 10,
  // long enough to list and delete many objects; the sweep enqueues the job again for a user whose data is left
  timeoutMs: 600_000,
  handle: (payload, { userDeletion }, signal) => userDeletion.run(payload, signal),
})
