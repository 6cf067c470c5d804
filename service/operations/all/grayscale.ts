import { defineOperation } from '../operation.ts'
import { grayscale } from '../stages.ts'

export default defineOperation({
  name: 'grayscale',
  summary: 'takes the colour out',
  example: 'grayscale',
  options: {},
  stages: (_, frame) => [grayscale(frame)],
})
