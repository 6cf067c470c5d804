import type { Frame } from '../shapes.ts'
import type { Pixels, Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'
import { eachRow } from './rows.ts'

/** Fills each block, counted from the top left corner, with the mean of its visible pixels. `side` is in pixels. */
export function pixelate(frame: Frame, side: number): Stage {
  return {
    name: `pixelate ${side}`,
    rank: rank.editPixels,
    colors: 'adds',
    changesColors: true,
    frame,
    costMs: (msPerMegapixel.pixelate + msPerMegapixel.block / side ** 2) * megapixels(frame),
    apply: (pipeline, context) =>
      context.editPixels(pipeline, pixels => {
        const fillWithMean = blockFiller(pixels)
        const row = (top: number) => {
          const bottom = Math.min(top + side, pixels.height)
          for (let left = 0; left < pixels.width; left += side)
            fillWithMean(left, top, Math.min(left + side, pixels.width), bottom)
        }
        return eachRow(pixels, row, side)
      }),
  }
}

/** Returns a function that fills a block with its mean colour, weighted by alpha. */
function blockFiller({ data, width, channels }: Pixels) {
  const hasAlpha = channels % 2 === 0
  return (left: number, top: number, right: number, bottom: number) => {
    let [r, g, b, weights] = [0, 0, 0, 0]
    for (let y = top; y < bottom; y++) {
      const end = (y * width + right) * channels
      for (let at = (y * width + left) * channels; at < end; at += channels) {
        const weight = hasAlpha ? (data[at + 3] ?? 0) : 1
        r += weight * (data[at] ?? 0)
        g += weight * (data[at + 1] ?? 0)
        b += weight * (data[at + 2] ?? 0)
        weights += weight
      }
    }
    const whole = Math.max(1, weights)
    const mean = [r / whole, g / whole, b / whole, weights / ((right - left) * (bottom - top))]
    const first = (top * width + left) * channels
    const row = data.subarray(first, first + (right - left) * channels)
    for (let at = 0; at < row.length; at++) row[at] = mean[at % channels] ?? 0
    for (let y = top + 1; y < bottom; y++) data.set(row, (y * width + left) * channels)
  }
}
