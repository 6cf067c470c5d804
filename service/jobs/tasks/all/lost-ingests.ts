import { defineBatchChore, minuteMs } from '../task.ts'

/** Enqueues the ingest of images whose jobs were lost. */
export default defineBatchChore({
  name: 'lost-ingests',
  everyMs: minuteMs,
  run: ({ outbox }, _, signal) => outbox.enqueueIngests(signal),
})
