import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { backgroundOption } from '../shared-options.ts'
import { embed } from '../stages/geometry.ts'

const side = { kind: 'number', min: 0, max: 8192, integer: true } as const

export default defineOperation({
  name: 'pad',
  summary: 'adds area around the picture',
  example: 'pad_all-20,bg-fff',
  options: {
    t: { ...side, summary: 'pixels above; goes before all' },
    r: { ...side, summary: 'pixels on the right; goes before all' },
    b: { ...side, summary: 'pixels below; goes before all' },
    l: { ...side, summary: 'pixels on the left; goes before all' },
    all: { ...side, summary: 'pixels on every side' },
    bg: backgroundOption,
  },
  stages({ t, r, b, l, all, bg }, frame) {
    if ([t, r, b, l, all].every(value => value === undefined)) {
      throw new DarkroomError('bad-url', 'pad: needs t, r, b, l or all')
    }
    const rest = all ?? 0
    const edges = { top: t ?? rest, right: r ?? rest, bottom: b ?? rest, left: l ?? rest }
    return Object.values(edges).every(edge => edge === 0) ? [] : [embed(frame, edges, parseColor(bg))]
  },
})
