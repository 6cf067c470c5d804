import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes old entries of the audit log. */
export default defineBatchChore({
  name: 'expired-audit',
  everyMs: hourMs,
  batch: 2_000,
  run: ({ metadata }, batch) => metadata.audit.sweep(batch),
})
