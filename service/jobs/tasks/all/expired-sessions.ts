import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes expired sessions. */
export default defineBatchChore({
  name: 'expired-sessions',
  everyMs: hourMs,
  batch: 2_000,
  run: ({ metadata }, batch) => metadata.sessions.sweep(batch),
})
