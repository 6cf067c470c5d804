import { maxPaletteSide } from '../analysis/palette.ts'
import { fitWithin } from '../analysis/resample.ts'
import { maxThumbhashSide } from '../analysis/thumbhash.ts'
import { defineOperation } from '../operation.ts'
import type { Frame } from '../shapes.ts'
import type { Stage } from '../stage.ts'
import { blur } from '../stages/filters.ts'
import { scale } from '../stages/geometry.ts'
import { dominantColor, thumbhashPreview } from '../stages/placeholder.ts'

/** The longest side of a placeholder, and the sigma of its blur, in pixels. */
const side = 32
const sigma = 1

export default defineOperation({
  name: 'placeholder',
  label: 'Placeholder',
  group: 'Output',
  summary: 'returns a tiny image of a few hundred bytes to show, enlarged, while the full image loads',
  example: 'placeholder_k-blur',
  options: {
    k: {
      kind: 'choice',
      values: ['blur', 'color', 'thumbhash'],
      default: 'blur',
      label: 'Kind',
      summary:
        'kind: blur (blurred, at most 32 pixels a side), color (one pixel of the dominant colour) or thumbhash (rendered from its ThumbHash, at most 32 pixels a side)',
    },
  },
  stages({ k }, frame) {
    if (k === 'color') return shrinkFirst(frame, maxPaletteSide, dominantColor)
    if (k === 'thumbhash') return shrinkFirst(frame, maxThumbhashSide, small => thumbhashPreview(small, side))
    return shrinkFirst(frame, side, small => blur(small, sigma))
  },
  source: () => ({ animate: false }),
})

/** Scales the image down before a stage that needs no more pixels. */
function shrinkFirst(frame: Frame, longest: number, then: (small: Frame) => Stage): readonly Stage[] {
  const small = { ...fitWithin(frame, longest), alpha: frame.alpha }
  const unchanged = small.width === frame.width && small.height === frame.height
  return unchanged ? [then(frame)] : [scale(frame, small, 'lanczos3'), then(small)]
}
