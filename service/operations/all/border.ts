import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { oneRequired } from '../rules.ts'
import { backgroundOption } from '../shared-options.ts'
import { embed } from '../stages/geometry.ts'

export default defineOperation({
  name: 'border',
  label: 'Border',
  group: 'Crop and shape',
  summary:
    'adds a border outside the image; a border with rounded corners takes three operations: round_r-16,bg-00f_border_w-4,c-00f_round_r-20',
  example: 'border_w-4,c-333',
  options: {
    w: {
      kind: 'number',
      min: 1,
      max: 1000,
      integer: true,
      pixels: true,
      label: 'Width',
      summary: 'border width in pixels',
    },
    c: { ...backgroundOption, default: '000', label: 'Colour', summary: 'border colour' },
  },
  rules: [oneRequired('w')],
  stages({ w, c }, frame) {
    if (w === undefined) throw new DarkroomError('bad-url', 'border: w is required')
    return [embed(frame, { top: w, right: w, bottom: w, left: w }, parseColor(c))]
  },
})
