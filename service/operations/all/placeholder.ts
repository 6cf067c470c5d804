import { maxPaletteSide } from '../analysis/palette.ts'
import { fitWithin } from '../analysis/rgba.ts'
import { maxThumbhashSide } from '../analysis/thumbhash.ts'
import { defineOperation } from '../operation.ts'
import type { Frame } from '../shapes.ts'
import type { Stage } from '../stage.ts'
import { blur } from '../stages/filters.ts'
import { scale } from '../stages/geometry.ts'
import { dominantColor, thumbhashPreview } from '../stages/placeholder.ts'

/** The longest side of a placeholder in pixels, and how much it is blurred. */
const side = 32
const sigma = 1

export default defineOperation({
  name: 'placeholder',
  summary: 'a tiny picture of a few hundred bytes that is shown, enlarged, until the picture itself has come',
  example: 'placeholder_k-blur',
  options: {
    k: {
      kind: 'choice',
      values: ['blur', 'color', 'thumbhash'],
      default: 'blur',
      summary:
        'blur: at most 32 pixels a side, blurred; color: one pixel of the dominant colour; thumbhash: as its ThumbHash looks, at most 32 pixels a side',
    },
  },
  stages({ k }, frame) {
    if (k === 'color') return reduce(frame, maxPaletteSide, dominantColor)
    if (k === 'thumbhash') return reduce(frame, maxThumbhashSide, small => thumbhashPreview(small, side))
    return reduce(frame, side, small => blur(small, sigma))
  },
  source: () => ({ animate: false }),
})

/** Makes the picture small before a stage that needs no more of it. */
function reduce(frame: Frame, longest: number, then: (small: Frame) => Stage): readonly Stage[] {
  const small = { ...fitWithin(frame, longest), alpha: frame.alpha }
  const same = small.width === frame.width && small.height === frame.height
  return same ? [then(frame)] : [scale(frame, small, 'lanczos3'), then(small)]
}
