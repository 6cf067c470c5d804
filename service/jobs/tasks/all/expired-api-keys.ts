import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes API keys that expired long ago. */
export default defineBatchChore({
  name: 'expired-api-keys',
  everyMs: hourMs,
  batch: 2_000,
  run: ({ metadata }, batch) => metadata.apiKeys.sweep(batch),
})
