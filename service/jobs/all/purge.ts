import Type from 'typebox'
import { PurgePosition, PurgeTask, purgeTaskName } from '../../removal/purge-task.ts'
import { defineJob } from '../job.ts'

const Payload = Type.Object({ ...PurgeTask.properties, ...PurgePosition.properties })

/** Turns the page of a purge that an earlier version has enqueued into a task that goes on from there. */
export default defineJob({
  name: 'purge',
  version: 1,
  payload: Payload,
  key: ({ userId, purge, after }) => `${userId}/${purge}/${after}`,
  subject: ({ userId }) => ({ userId }),
  maxAttempts: 10,
  timeoutMs: 30_000,
  async handle({ after, ...task }, { createTask }) {
    await createTask(purgeTaskName, task, { after })
  },
})
