import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes expired direct uploads, and objects that were put too late. */
export default defineBatchChore({
  name: 'direct-uploads',
  everyMs: hourMs,
  run: ({ directUploads }, _, signal) => directUploads.sweep(signal),
})
