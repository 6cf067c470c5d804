import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { oneRequired } from '../rules.ts'
import { backgroundOption } from '../shared-options.ts'
import { roundCorners } from '../stages/round-corners.ts'

export default defineOperation({
  name: 'round',
  label: 'Round corners',
  group: 'Crop and shape',
  summary: 'rounds the corners; r-max turns a square image into a circle',
  example: 'round_r-20',
  options: {
    r: {
      kind: 'number',
      min: 1,
      max: 4096,
      integer: true,
      pixels: true,
      words: ['max'],
      label: 'Radius',
      summary: 'radius in pixels, at most half the shorter side; max is half the shorter side',
    },
    bg: {
      ...backgroundOption,
      label: 'Background',
      summary: 'colour of the corners; transparent becomes white in formats without transparency',
    },
  },
  rules: [oneRequired('r')],
  stages({ r, bg }, frame) {
    if (r === undefined) throw new DarkroomError('bad-url', 'round: r is required')
    const maxRadius = Math.min(frame.width, frame.height) / 2
    return [roundCorners(frame, r === 'max' ? maxRadius : Math.min(r, maxRadius), parseColor(bg))]
  },
})
