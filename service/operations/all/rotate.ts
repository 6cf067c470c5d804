import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { backgroundOption } from '../shared-options.ts'
import { rotate, turn } from '../stages/rotate.ts'

export default defineOperation({
  name: 'rotate',
  label: 'Rotate',
  group: 'Crop and shape',
  summary: 'rotates the image clockwise; the canvas grows to contain it',
  example: 'rotate_a-90',
  options: {
    a: {
      kind: 'number',
      min: -360,
      max: 360,
      default: 0,
      label: 'Angle',
      summary: 'angle in degrees, clockwise',
    },
    bg: {
      ...backgroundOption,
      label: 'Background',
      summary: 'colour of the corners; transparent becomes white in formats without transparency',
    },
  },
  stages({ a, bg }, frame) {
    const angle = ((a % 360) + 360) % 360
    if (angle === 0) return []
    if (angle === 90 || angle === 180 || angle === 270) return [turn(frame, angle)]
    return [rotate(frame, angle, parseColor(bg))]
  },
})
