import { DarkroomError } from '../../errors/catalogue.ts'
import { parseColor } from '../color.ts'
import { defineOperation } from '../operation.ts'
import { backgroundOption } from '../shared-options.ts'
import { roundCorners } from '../stages/round-corners.ts'

export default defineOperation({
  name: 'round',
  summary: 'rounds the corners; a square picture becomes a circle with max',
  example: 'round_r-20',
  options: {
    r: {
      kind: 'number',
      min: 1,
      max: 4096,
      integer: true,
      words: ['max'],
      summary: 'radius in pixels; max is half the shorter side, which no radius exceeds',
    },
    bg: {
      ...backgroundOption,
      summary: 'colour of the corners; transparent becomes white where the format has none',
    },
  },
  stages({ r, bg }, frame) {
    if (r === undefined) throw new DarkroomError('bad-url', 'round: needs r')
    const most = Math.min(frame.width, frame.height) / 2
    return [roundCorners(frame, r === 'max' ? most : Math.min(r, most), parseColor(bg))]
  },
})
