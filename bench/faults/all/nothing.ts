import type { Fault } from '../fault.ts'

export default {
  name: 'nothing',
  summary: 'nothing, to compare with',
  begin: async () => ({ end: async () => undefined }),
} satisfies Fault
