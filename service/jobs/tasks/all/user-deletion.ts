import {
  UserDeletionPosition,
  UserDeletionTask,
  userDeletionName,
  userDeletionStart,
} from '../../../removal/user-deletion.ts'
import { defineTask } from '../task.ts'

/** Deletes the objects and rows of a deleted user. After a failure, an hourly chore creates it again. */
export default defineTask({
  name: userDeletionName,
  payload: UserDeletionTask,
  position: UserDeletionPosition,
  start: userDeletionStart,
  key: ({ userId }) => userId,
  // the user's row is deleted, so only administrators can see the task
  subject: ({ userId }) => ({ userId: null, text: userId }),
  runPage: (payload, position, { userDeletion }, signal) => userDeletion.runPage(payload, position, signal),
})
