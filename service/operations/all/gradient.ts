import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { gradient } from '../stages/gradient.ts'

/** The directions in degrees clockwise from down, like a numeric `d`. */
const angles: Readonly<Record<string, number>> = { down: 0, left: 90, up: 180, right: 270 }

export default defineOperation({
  name: 'gradient',
  label: 'Gradient',
  group: 'Overlay and text',
  summary: 'overlays a linear gradient from transparent to a colour; keeps transparency',
  example: 'gradient_c-000,a-0.6,from-0.4',
  options: {
    c: {
      kind: 'color',
      default: '000',
      label: 'Colour',
      summary: 'colour; its own alpha is multiplied by the option a',
    },
    a: {
      kind: 'number',
      min: 0,
      max: 1,
      default: 0.5,
      label: 'Opacity',
      summary: 'opacity at the end of the gradient',
    },
    d: {
      kind: 'number',
      min: -360,
      max: 360,
      words: ['down', 'up', 'left', 'right'],
      default: 'down',
      label: 'Direction',
      summary: 'direction in which it gets stronger, or degrees clockwise from down',
    },
    from: {
      kind: 'number',
      min: 0,
      max: 1,
      default: 0,
      label: 'Start',
      advanced: true,
      summary: 'start of the gradient, as a fraction of the distance across the image',
    },
    to: {
      kind: 'number',
      min: 0,
      max: 1,
      default: 1,
      label: 'End',
      advanced: true,
      summary: 'end of the gradient, as a fraction of the distance across the image',
    },
  },
  stages({ c, a, d, from, to }, frame) {
    if (from >= to)
      throw new DarkroomError(
        'bad-url',
        `gradient: from-${from} is not less than to-${to}, expected a smaller from or a larger to`,
      )
    const color = parseColor(c)
    const alpha = color.alpha * a
    if (alpha === 0) return []
    const angle = typeof d === 'number' ? d : (angles[d] ?? 0)
    return [gradient(frame, { color: { ...color, alpha }, angle, from, to })]
  },
})
