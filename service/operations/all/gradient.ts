import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { gradient } from '../stages/gradient.ts'

/** Degrees clockwise from downwards, as a number is read. */
const angles: Readonly<Record<string, number>> = { down: 0, left: 90, up: 180, right: 270 }

export default defineOperation({
  name: 'gradient',
  summary: 'lays a colour over the picture that grows from nothing to its full strength; transparency stays',
  example: 'gradient_c-000,a-0.6,from-0.4',
  options: {
    c: { kind: 'color', default: '000', summary: 'colour; an alpha of its own counts, too' },
    a: { kind: 'number', min: 0, max: 1, default: 0.5, summary: 'opacity where it is strongest' },
    d: {
      kind: 'number',
      min: -360,
      max: 360,
      words: ['down', 'up', 'left', 'right'],
      default: 'down',
      summary: 'towards which side it grows, or degrees clockwise from down',
    },
    from: { kind: 'number', min: 0, max: 1, default: 0, summary: 'where it begins, as a share of the way' },
    to: { kind: 'number', min: 0, max: 1, default: 1, summary: 'from where on it is strongest, likewise' },
  },
  stages({ c, a, d, from, to }, frame) {
    if (from >= to) throw new DarkroomError('bad-url', `gradient: from-${from} must be less than to-${to}`)
    const color = parseColor(c)
    const alpha = color.alpha * a
    if (alpha === 0) return []
    const angle = typeof d === 'number' ? d : (angles[d] ?? 0)
    return [gradient(frame, { color: { ...color, alpha }, angle, from, to })]
  },
})
