import { defineOperation } from '../operation.ts'
import { normalize } from '../stages/levels.ts'

export default defineOperation({
  name: 'normalize',
  label: 'Normalize',
  group: 'Colour',
  summary:
    'stretches the contrast so that the darkest 1% of visible pixels become black and the lightest 1% white',
  example: 'normalize',
  options: {},
  stages: (_, frame) => [normalize(frame)],
})
