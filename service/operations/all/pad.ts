import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { oneRequired } from '../rules.ts'
import { backgroundOption } from '../shared-options.ts'
import { embed } from '../stages/geometry.ts'

const side = { kind: 'number', min: 0, max: 8192, integer: true, pixels: true } as const

export default defineOperation({
  name: 'pad',
  label: 'Padding',
  group: 'Size',
  summary: 'adds padding around the image',
  example: 'pad_all-20,bg-fff',
  options: {
    t: { ...side, label: 'Top', advanced: true, summary: 'top padding in pixels, overrides the option all' },
    r: {
      ...side,
      label: 'Right',
      advanced: true,
      summary: 'right padding in pixels, overrides the option all',
    },
    b: {
      ...side,
      label: 'Bottom',
      advanced: true,
      summary: 'bottom padding in pixels, overrides the option all',
    },
    l: {
      ...side,
      label: 'Left',
      advanced: true,
      summary: 'left padding in pixels, overrides the option all',
    },
    all: { ...side, label: 'All sides', summary: 'padding on every side in pixels' },
    bg: backgroundOption,
  },
  rules: [oneRequired('t', 'r', 'b', 'l', 'all')],
  stages({ t, r, b, l, all, bg }, frame) {
    if ([t, r, b, l, all].every(value => value === undefined)) {
      throw new DarkroomError('bad-url', 'pad: one of t, r, b, l or all is required')
    }
    const others = all ?? 0
    const edges = { top: t ?? others, right: r ?? others, bottom: b ?? others, left: l ?? others }
    return Object.values(edges).every(edge => edge === 0) ? [] : [embed(frame, edges, parseColor(bg))]
  },
})
