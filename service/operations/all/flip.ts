import { defineOperation } from '../operation.ts'
import { mirror } from '../stages/rotate.ts'

export default defineOperation({
  name: 'flip',
  label: 'Flip',
  group: 'Crop and shape',
  summary: 'mirrors the image',
  example: 'flip_d-v',
  options: {
    d: {
      kind: 'choice',
      values: ['h', 'v', 'hv'],
      default: 'h',
      label: 'Direction',
      summary: 'direction: h (left to right), v (top to bottom) or hv (both)',
    },
  },
  stages: ({ d }, frame) => [mirror(frame, { horizontal: d !== 'v', vertical: d !== 'h' })],
})
