import Type from 'typebox'
import { defineChore, hourMs } from '../task.ts'

/** The number of users of a page. Each may have up to 42,000 names in 400 days, more before their first trim. */
const pageSize = 5

/** Keeps only the most frequent names in the usage of past days. */
export default defineChore({
  name: 'trimmed-usage',
  everyMs: hourMs,
  position: Type.Object({ userId: Type.String() }),
  start: { userId: '' },
  async runPage(position, { metadata }) {
    const next = await metadata.usage.trimPage(position, pageSize)
    return { next, done: 0 }
  },
})
