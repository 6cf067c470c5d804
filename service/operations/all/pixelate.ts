import { defineOperation } from '../operation.ts'
import { pixelate } from '../stages/pixelate.ts'

export default defineOperation({
  name: 'pixelate',
  summary: 'shows the picture in square blocks of one colour each, from its top left corner',
  example: 'pixelate_s-12',
  options: {
    s: { kind: 'number', min: 1, max: 1000, integer: true, default: 10, summary: 'pixels a side of a block' },
  },
  stages: ({ s }, frame) => (s === 1 ? [] : [pixelate(frame, s)]),
})
