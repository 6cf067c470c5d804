import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes records of jobs that failed long ago. */
export default defineBatchChore({
  name: 'expired-failed-jobs',
  everyMs: hourMs,
  batch: 2_000,
  run: ({ metadata }, batch) => metadata.failedJobs.sweep(batch),
})
