import Type from 'typebox'
import { defineTask } from '../task.ts'

/** Clears what earlier versions kept of the pixels of purged images. A migration creates it, once. */
export default defineTask({
  name: 'purged-images',
  payload: Type.Object({}),
  position: Type.Object({ after: Type.String() }),
  start: { after: '' },
  key: () => '',
  subject: () => ({ userId: null, text: 'analysis of purged images' }),
  async runPage(_, { after }, { metadata }) {
    const { count, last } = await metadata.imageCleanup.clearPurged(after)
    return { done: count, next: last === null ? undefined : { after: last } }
  },
})
