import { UserDeletionTask, userDeletionName } from '../../removal/user-deletion.ts'
import { defineJob } from '../job.ts'

/** Turns the deletion of a user that an earlier version has enqueued into a task. */
export default defineJob({
  name: 'departure',
  version: 1,
  payload: UserDeletionTask,
  key: ({ userId }) => userId,
  subject: () => ({ userId: null }),
  maxAttempts: 10,
  timeoutMs: 30_000,
  async handle(task, { createTask }) {
    await createTask(userDeletionName, task)
  },
})
