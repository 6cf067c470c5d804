import { sepiaMap } from '../color-map.ts'
import { defineOperation } from '../operation.ts'
import { recolor } from '../stages/recolor.ts'

export default defineOperation({
  name: 'sepia',
  label: 'Sepia',
  group: 'Colour',
  summary: 'applies a sepia tone, like sepia(1) in CSS',
  example: 'sepia',
  options: {},
  stages: (_, frame) => [recolor(frame, 'sepia', sepiaMap)],
})
