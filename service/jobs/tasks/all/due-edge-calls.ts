import { defineBatchChore, minuteMs } from '../task.ts'

/** Enqueues overdue purge calls to CDNs. */
export default defineBatchChore({
  name: 'due-edge-calls',
  everyMs: minuteMs,
  run: ({ edge }, _, signal) => edge.enqueueDue(signal),
})
