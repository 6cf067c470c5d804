import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { trim } from '../stages/trim.ts'

export default defineOperation({
  name: 'trim',
  label: 'Trim',
  group: 'Crop and shape',
  summary: 'removes borders of one colour or of transparency; an image of a single colour stays as it is',
  example: 'trim_t-20',
  options: {
    t: {
      kind: 'number',
      min: 0,
      max: 255,
      default: 10,
      label: 'Tolerance',
      summary: 'tolerance: how much a channel value (0 to 255) may differ from the colour',
    },
    c: {
      kind: 'color',
      label: 'Border colour',
      summary: 'border colour; default: the colour of the top left pixel',
    },
  },
  stages: ({ t, c }, frame) => [trim(frame, t, c === undefined ? undefined : parseColor(c))],
})
