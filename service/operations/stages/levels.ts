import type { Sharp } from 'sharp'
import { luminanceOf, stretchMap } from '../color-map.ts'
import type { Frame } from '../shapes.ts'
import type { Probe } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { recolor } from './recolor.ts'
import { eachRow } from './rows.ts'

/** The luminances that become black and white, 0–255. */
interface Levels {
  readonly low: number
  readonly high: number
}

/** The share of visible pixels that may become black, and the share that may become white. */
const clippedShare = 0.01

/**
 * Stretches all channels alike, so that luminance fills the whole range: the darkest and the lightest hundredth of the
 * visible pixels become black and white. An animation uses the first frame's levels for all frames, or it would
 * flicker.
 */
export function normalize(frame: Frame): Probe<Levels> {
  return {
    name: 'find levels',
    costMs: msPerMegapixel.levels * megapixels(frame),
    expected: { low: 1, high: 254 },
    measure: findLevels,
    stages: ({ low, high }) => {
      const changes = high > low && (low > 0 || high < 255)
      return changes ? [recolor(frame, 'normalize', stretchMap(low, high))] : []
    },
  }
}

async function findLevels(image: Sharp): Promise<Levels> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  const { width, channels } = info
  const hasAlpha = channels % 2 === 0
  const grey = channels < 3
  // A histogram of luminance, each pixel weighted by its alpha.
  const histogram = new Float64Array(256)
  await eachRow(info, row => {
    const end = (row + 1) * width * channels
    for (let at = row * width * channels; at < end; at += channels) {
      const r = data[at] ?? 0
      const luminance = grey ? r : Math.round(luminanceOf(r, data[at + 1] ?? 0, data[at + 2] ?? 0))
      histogram[luminance] = (histogram[luminance] ?? 0) + (hasAlpha ? (data[at + channels - 1] ?? 0) : 255)
    }
  })
  const cut = clippedShare * histogram.reduce((sum, count) => sum + count, 0)
  return { low: percentile(histogram, cut), high: 255 - percentile(histogram.toReversed(), cut) }
}

/** The first index up to which the histogram's sum exceeds `cut`. */
function percentile(histogram: Float64Array, cut: number): number {
  let sum = 0
  return Math.max(
    0,
    histogram.findIndex(count => {
      sum += count
      return sum > cut
    }),
  )
}
