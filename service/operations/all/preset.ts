import { defineOperation } from '../operation.ts'

export default defineOperation({
  name: 'preset',
  summary: 'stands for the operations that are stored under a name, which are put in its place',
  example: 'preset_n-thumb',
  options: {
    n: { kind: 'text', maxBytes: 32, summary: 'name of the preset' },
  },
  // what is planned has the operations in its place: it adds nothing of its own
  stages: () => [],
})
