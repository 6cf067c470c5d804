import { defineOperation } from '../operation.ts'
import { grayscale } from '../stages/filters.ts'

export default defineOperation({
  name: 'grayscale',
  summary: 'takes the colour out',
  example: 'grayscale',
  options: {},
  stages: (_, frame) => [grayscale(frame)],
})
