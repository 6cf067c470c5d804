import { defineOperation } from '../operation.ts'
import { median } from '../stages/filters.ts'

export default defineOperation({
  name: 'median',
  summary: 'takes specks and noise away and keeps edges',
  example: 'median_s-5',
  options: {
    s: {
      kind: 'number',
      min: 2,
      max: 25,
      integer: true,
      default: 3,
      summary: 'pixels a side of the window whose middle value counts; odd ones are centred',
    },
  },
  stages({ s }, frame) {
    // libvips refuses a window that is larger than the picture
    const window = Math.min(s, frame.width, frame.height)
    return window < 2 ? [] : [median(frame, window)]
  },
})
