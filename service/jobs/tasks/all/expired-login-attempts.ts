import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes failed logins that no longer count. */
export default defineBatchChore({
  name: 'expired-login-attempts',
  everyMs: hourMs,
  batch: 2_000,
  run: ({ metadata }, batch) => metadata.loginAttempts.sweep(batch),
})
