import { sepiaMap } from '../color-map.ts'
import { defineOperation } from '../operation.ts'
import { recolor } from '../stages/recolor.ts'

export default defineOperation({
  name: 'sepia',
  summary: 'gives the brown of old photographs, as sepia(1) does in CSS',
  example: 'sepia',
  options: {},
  stages: (_, frame) => [recolor(frame, 'sepia', sepiaMap)],
})
