import { defineBatchChore, minuteMs } from '../task.ts'

/** Enqueues recorded jobs that the queue has lost. */
export default defineBatchChore({
  name: 'lost-jobs',
  everyMs: minuteMs,
  run: ({ outbox }, _, signal) => outbox.enqueueLost(signal),
})
