import type { Sharp } from 'sharp'
import { luminanceOf, stretchMap } from '../color-map.ts'
import type { Frame } from '../shapes.ts'
import type { Probe } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { recolor } from './recolor.ts'
import { eachRow } from './rows.ts'

/** The darkest and the lightest luminance that count, 0–255. */
interface Levels {
  readonly low: number
  readonly high: number
}

/** The share of what is seen that may become black, and white. */
const cutOff = 0.01

/**
 * Stretches all channels alike, so that luminance fills the whole range: the darkest and the lightest hundredth of what
 * is seen become black and white. In an animation the first frame's levels count for all, or it would flicker.
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

async function findLevels(picture: Sharp): Promise<Levels> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  const { width, channels } = info
  const transparent = channels % 2 === 0
  const grey = channels < 3
  // how much is seen of each luminance: pixels, counted by their alpha
  const seen = new Float64Array(256)
  await eachRow(info, row => {
    const end = (row + 1) * width * channels
    for (let at = row * width * channels; at < end; at += channels) {
      const r = data[at] ?? 0
      const luminance = grey ? r : Math.round(luminanceOf(r, data[at + 1] ?? 0, data[at + 2] ?? 0))
      seen[luminance] = (seen[luminance] ?? 0) + (transparent ? (data[at + channels - 1] ?? 0) : 255)
    }
  })
  const cut = cutOff * seen.reduce((sum, count) => sum + count, 0)
  return { low: reached(seen, cut), high: 255 - reached(seen.toReversed(), cut) }
}

/** The first place up to which more than so much is seen. */
function reached(seen: Float64Array, cut: number): number {
  let sum = 0
  return Math.max(
    0,
    seen.findIndex(count => {
      sum += count
      return sum > cut
    }),
  )
}
