import { DarkroomError } from '../../errors/catalogue.ts'
import { parseOpaqueColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { oneRequired, opaqueColor } from '../rules.ts'
import { tint } from '../stages/recolor.ts'

export default defineOperation({
  name: 'tint',
  label: 'Tint',
  group: 'Colour',
  summary: 'tints the image with one colour and keeps its lightness; black and white stay',
  example: 'tint_c-b3622e',
  options: {
    c: { kind: 'color', label: 'Colour', summary: 'colour of the midtones, must be opaque' },
  },
  rules: [oneRequired('c'), opaqueColor('c')],
  stages({ c }, frame) {
    if (c === undefined) throw new DarkroomError('bad-url', 'tint: c is required')
    return [tint(frame, parseOpaqueColor('tint: c', c))]
  },
})
