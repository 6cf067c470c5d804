import { defineBatchChore, hourMs } from '../task.ts'

/** Creates the tasks that remove the data of deleted users, where they are missing. */
export default defineBatchChore({
  name: 'deleted-users',
  everyMs: hourMs,
  run: ({ userDeletion }) => userDeletion.resume(),
})
