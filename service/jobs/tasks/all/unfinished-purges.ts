import { PurgePosition } from '../../../removal/purge-task.ts'
import { defineChore, hourMs } from '../task.ts'

/** Completes purges of single images that a crash or an unreachable store left unfinished. */
export default defineChore({
  name: 'unfinished-purges',
  everyMs: hourMs,
  position: PurgePosition,
  start: { after: '' },
  runPage: (position, { purger }, signal) => purger.completePage(position, signal),
})
