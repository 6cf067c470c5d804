import { DarkroomError } from '../../errors/catalogue.ts'
import { parseOpaqueColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { tint } from '../stages/recolor.ts'

export default defineOperation({
  name: 'tint',
  summary: 'gives the picture one colour and keeps how light each part is; black and white stay',
  example: 'tint_c-b3622e',
  options: {
    c: { kind: 'color', summary: 'colour of the middle tones; an opaque one' },
  },
  stages({ c }, frame) {
    if (c === undefined) throw new DarkroomError('bad-url', 'tint: needs c')
    return [tint(frame, parseOpaqueColor('tint: c', c))]
  },
})
