import { defineBatchChore, hourMs } from '../task.ts'

/** Deletes the files of replaced originals that crashes and an unreachable store have left behind. */
export default defineBatchChore({
  name: 'replaced-originals',
  everyMs: hourMs,
  run: ({ replacements }, _, signal) => replacements.sweep(signal),
})
