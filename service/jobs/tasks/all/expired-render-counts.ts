import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes the counts of renders of past days. */
export default defineBatchChore({
  name: 'expired-render-counts',
  everyMs: hourMs,
  batch: 2_000,
  run: ({ metadata }, batch) => metadata.quotas.sweep(batch),
})
