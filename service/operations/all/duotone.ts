import { parseOpaqueColor } from '../color.ts'
import { duotoneMap } from '../color-map.ts'
import { defineOperation } from '../operation.ts'
import { recolor } from '../stages/recolor.ts'

export default defineOperation({
  name: 'duotone',
  summary: 'draws the picture in two colours and what lies between them: dark parts in a, light ones in b',
  example: 'duotone_a-1b1464,b-ffd89b',
  options: {
    a: { kind: 'color', default: '000', summary: 'colour of the shadows; an opaque one' },
    b: { kind: 'color', default: 'fff', summary: 'colour of the highlights; an opaque one' },
  },
  stages({ a, b }, frame) {
    const map = duotoneMap(parseOpaqueColor('duotone: a', a), parseOpaqueColor('duotone: b', b))
    return [recolor(frame, `duotone ${a} ${b}`, map)]
  },
})
