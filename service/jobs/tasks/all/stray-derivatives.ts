import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes the derivatives whose writers crashed before they recorded them. */
export default defineBatchChore({
  name: 'stray-derivatives',
  everyMs: hourMs,
  batch: 500,
  run: ({ derivativeRemover }, batch, signal) => derivativeRemover.sweep(batch, signal),
})
