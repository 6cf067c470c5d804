import { TakedownPosition, TakedownTask, takedownTaskName } from '../../../removal/takedowns.ts'
import { defineTask } from '../task.ts'

/** Deletes the objects of images that were taken down. An image that fails does not stop the others. */
export default defineTask({
  name: takedownTaskName,
  payload: TakedownTask,
  position: TakedownPosition,
  start: { after: '' },
  key: ({ takedown }) => takedown,
  // the images belong to many users, so only administrators can see the task
  subject: ({ sha256 }) => ({ userId: null, text: sha256 }),
  runPage: (payload, position, { takedowns }, signal) => takedowns.runPage(payload, position, signal),
})
