import { PurgePosition, PurgeTask, purgeTaskName } from '../../../removal/purge-task.ts'
import { defineTask } from '../task.ts'

/** Purges many images of a user, or all derivatives of a preset. */
export default defineTask({
  name: purgeTaskName,
  payload: PurgeTask,
  position: PurgePosition,
  start: { after: '' },
  key: ({ purge }) => purge,
  subject: ({ userId, what }) => ({ userId, text: textOf(what) }),
  maxAttempts: 10,
  isCancellable: true,
  runPage: (payload, position, { purger }, signal) => purger.runPage(payload, position, signal),
})

function textOf(what: PurgeTask['what']): string {
  if ('all' in what) return 'all images'
  return 'tag' in what ? `tag ${what.tag}` : `preset ${what.preset}`
}
