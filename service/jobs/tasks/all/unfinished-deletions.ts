import Type from 'typebox'
import { defineChore, hourMs } from '../task.ts'

/** Completes deletions of images, and roll-backs of uploads, that a crash or an unreachable store left unfinished. */
export default defineChore({
  name: 'unfinished-deletions',
  everyMs: hourMs,
  position: Type.Object({
    state: Type.Enum(['uploading', 'deleted']),
    at: Type.Integer(),
    id: Type.String(),
    failed: Type.Optional(Type.Integer()),
  }),
  start: { state: 'uploading', at: 0, id: '' },
  runPage: (position, { imageDeleter }, signal) => imageDeleter.completePage(position, signal),
})
