import { defineBatchChore, hourMs } from '../task.ts'

/** Compares the counts of what users store with their images, and corrects them. */
export default defineBatchChore({
  name: 'checked-holdings',
  everyMs: hourMs,
  run: ({ holdingsCheck }, _, signal) => holdingsCheck.sweep(signal),
})
