import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes old webhook deliveries. */
export default defineBatchChore({
  name: 'expired-deliveries',
  everyMs: hourMs,
  batch: 2_000,
  run: ({ metadata }, batch) => metadata.webhookDeliveries.sweep(batch),
})
