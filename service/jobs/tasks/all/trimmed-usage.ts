import Type from 'typebox'
import { defineChore, hourMs } from '../task.ts'

/** The number of users of a day that one page trims. Each has at most 4,000 names. */
const pageSize = 20

/** Keeps only the most frequent names in the usage of past days. */
export default defineChore({
  name: 'trimmed-usage',
  everyMs: hourMs,
  position: Type.Object({ day: Type.String(), userId: Type.String() }),
  start: { day: '', userId: '' },
  async runPage(position, { metadata }) {
    const next = await metadata.usage.trimPage(position, pageSize)
    return { next, done: 0 }
  },
})
