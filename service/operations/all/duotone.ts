import { parseOpaqueColor } from '../color.ts'
import { duotoneMap } from '../color-map.ts'
import { defineOperation } from '../operation.ts'
import { opaqueColor } from '../rules.ts'
import { recolor } from '../stages/recolor.ts'

export default defineOperation({
  name: 'duotone',
  label: 'Duotone',
  group: 'Colour',
  summary: 'maps the image to two colours: shadows to colour a, highlights to colour b',
  example: 'duotone_a-1b1464,b-ffd89b',
  options: {
    a: { kind: 'color', default: '000', label: 'Shadows', summary: 'colour of the shadows, must be opaque' },
    b: {
      kind: 'color',
      default: 'fff',
      label: 'Highlights',
      summary: 'colour of the highlights, must be opaque',
    },
  },
  rules: [opaqueColor('a'), opaqueColor('b')],
  stages({ a, b }, frame) {
    const map = duotoneMap(parseOpaqueColor('duotone: a', a), parseOpaqueColor('duotone: b', b))
    return [recolor(frame, `duotone ${a} ${b}`, map)]
  },
})
