import Type from 'typebox'
import { TakedownPosition, TakedownTask, takedownTaskName } from '../../removal/takedowns.ts'
import { defineJob } from '../job.ts'

const Payload = Type.Object({ ...TakedownTask.properties, ...TakedownPosition.properties })

/** Turns the page of a takedown that an earlier version has enqueued into a task that goes on from there. */
export default defineJob({
  name: 'takedown',
  version: 1,
  payload: Payload,
  key: ({ sha256, takedown, after }) => `${sha256}/${takedown}/${after}`,
  subject: () => ({ userId: null }),
  maxAttempts: 10,
  timeoutMs: 30_000,
  async handle({ after, ...task }, { createTask }) {
    await createTask(takedownTaskName, task, { after })
  },
})
