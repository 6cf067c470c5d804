import { defineBatchChore, minuteMs } from '../task.ts'

/** Enqueues overdue eager derivatives. */
export default defineBatchChore({
  name: 'due-eager-derivatives',
  everyMs: minuteMs,
  run: ({ eager }, _, signal) => eager.enqueueDue(signal),
})
