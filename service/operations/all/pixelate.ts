import { defineOperation } from '../operation.ts'
import { pixelate } from '../stages/pixelate.ts'

export default defineOperation({
  name: 'pixelate',
  label: 'Pixelate',
  group: 'Effects',
  summary: 'turns the image into square blocks of one colour each',
  example: 'pixelate_s-12',
  options: {
    s: {
      kind: 'number',
      min: 1,
      max: 1000,
      integer: true,
      pixels: true,
      default: 10,
      label: 'Block size',
      summary: 'side of a block in pixels',
    },
  },
  stages: ({ s }, frame) => (s === 1 ? [] : [pixelate(frame, s)]),
})
