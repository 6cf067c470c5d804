import { defineOperation } from '../operation.ts'
import { median } from '../stages/filters.ts'

export default defineOperation({
  name: 'median',
  label: 'Median filter',
  group: 'Effects',
  summary: 'removes specks and noise and keeps edges (median filter)',
  example: 'median_s-5',
  options: {
    s: {
      kind: 'number',
      min: 2,
      max: 25,
      integer: true,
      pixels: true,
      default: 3,
      label: 'Window',
      summary: 'side of the filter window in pixels; odd sizes are centred on the pixel',
    },
  },
  stages({ s }, frame) {
    // libvips rejects a window that is larger than the image.
    const window = Math.min(s, frame.width, frame.height)
    return window < 2 ? [] : [median(frame, window)]
  },
})
