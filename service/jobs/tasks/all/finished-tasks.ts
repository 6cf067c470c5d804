import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes tasks that ended long ago. */
export default defineBatchChore({
  name: 'finished-tasks',
  everyMs: hourMs,
  batch: 2_000,
  run: ({ metadata }, batch) => metadata.taskEnds.sweep(batch),
})
