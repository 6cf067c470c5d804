import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { trim } from '../stages/trim.ts'

export default defineOperation({
  name: 'trim',
  summary:
    'cuts off edges of one colour, and transparent ones; a picture that is nothing else stays as it is',
  example: 'trim_t-20',
  options: {
    t: {
      kind: 'number',
      min: 0,
      max: 255,
      default: 10,
      summary: 'how far a sample (0 to 255) may be from the colour',
    },
    c: { kind: 'color', summary: 'the colour to cut off; that of the top left pixel when left out' },
  },
  stages: ({ t, c }, frame) => [trim(frame, t, c === undefined ? undefined : parseColor(c))],
})
