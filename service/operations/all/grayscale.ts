import { defineOperation } from '../operation.ts'
import { grayscale } from '../stages/filters.ts'

export default defineOperation({
  name: 'grayscale',
  label: 'Greyscale',
  group: 'Colour',
  summary: 'converts the image to greyscale',
  example: 'grayscale',
  options: {},
  stages: (_, frame) => [grayscale(frame)],
})
