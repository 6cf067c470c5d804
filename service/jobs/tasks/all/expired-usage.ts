import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes old usage. */
export default defineBatchChore({
  name: 'expired-usage',
  everyMs: hourMs,
  batch: 2_000,
  run: ({ metadata }, batch) => metadata.usage.sweep(batch),
})
