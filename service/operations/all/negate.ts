import { negateMap } from '../color-map.ts'
import { defineOperation } from '../operation.ts'
import { recolor } from '../stages/recolor.ts'

export default defineOperation({
  name: 'negate',
  label: 'Invert',
  group: 'Colour',
  summary: 'inverts the colours; keeps transparency',
  example: 'negate',
  options: {},
  stages: (_, frame) => [recolor(frame, 'negate', negateMap)],
})
