import { defineBatchChore, minuteMs } from '../task.ts'

/** Enqueues overdue webhook deliveries. */
export default defineBatchChore({
  name: 'due-deliveries',
  everyMs: minuteMs,
  run: ({ webhookSender }, _, signal) => webhookSender.enqueueDue(signal),
})
