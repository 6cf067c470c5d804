import { defineOperation } from '../operation.ts'
import { grayscale } from '../stages/filters.ts'

export default defineOperation({
  name: 'grayscale',
  summary: 'converts the image to greyscale',
  example: 'grayscale',
  options: {},
  stages: (_, frame) => [grayscale(frame)],
})
