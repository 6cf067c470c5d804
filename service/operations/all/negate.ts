import { negateMap } from '../color-map.ts'
import { defineOperation } from '../operation.ts'
import { recolor } from '../stages/recolor.ts'

export default defineOperation({
  name: 'negate',
  summary: 'makes a negative: every colour becomes its opposite, transparency stays',
  example: 'negate',
  options: {},
  stages: (_, frame) => [recolor(frame, 'negate', negateMap)],
})
