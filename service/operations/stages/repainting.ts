import type { Color } from '../color.ts'
import type { Frame, Pixels, Stage } from '../operation.ts'
import { megapixels, msPerMegapixel, rank } from './rank.ts'
import { eachRow } from './rows.ts'

/** Gives each block of this many pixels a side, counted from the top left corner, the mean of what is seen in it. */
export function pixelate(frame: Frame, side: number): Stage {
  return {
    name: `pixelate ${side}`,
    rank: rank.editPixels,
    colors: 'adds',
    changesColors: true,
    frame,
    costMs: (msPerMegapixel.pixelate + msPerMegapixel.block / side ** 2) * megapixels(frame),
    apply: (pipeline, canvas) =>
      canvas.editPixels(pipeline, pixels => {
        const average = averaging(pixels)
        const row = (top: number) => {
          const bottom = Math.min(top + side, pixels.height)
          for (let left = 0; left < pixels.width; left += side)
            average(left, top, Math.min(left + side, pixels.width), bottom)
        }
        return eachRow(pixels, row, side)
      }),
  }
}

/** Fills blocks with their mean: colours count by their alpha. */
function averaging({ data, width, channels }: Pixels) {
  const transparent = channels % 2 === 0
  return (left: number, top: number, right: number, bottom: number) => {
    let [r, g, b, weights] = [0, 0, 0, 0]
    for (let y = top; y < bottom; y++) {
      const end = (y * width + right) * channels
      for (let at = (y * width + left) * channels; at < end; at += channels) {
        const weight = transparent ? (data[at + 3] ?? 0) : 1
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

/** A colour that grows from nothing to its full strength along a line. */
export interface Gradient {
  /** Its alpha is its strength at the end. */
  readonly color: Color
  /** Degrees clockwise from downwards. */
  readonly angle: number
  /** Where it begins and is full: shares of the way across the picture. */
  readonly from: number
  readonly to: number
}

/**
 * Lays a gradient over what is seen; alpha stays. As in CSS, 0 and 1 of the way are where the corners lie that are
 * furthest back and furthest ahead in its direction.
 */
export function gradient(frame: Frame, asked: Gradient): Stage {
  return {
    name: `gradient ${asked.angle}`,
    rank: rank.editPixels,
    colors: 'adds',
    changesColors: true,
    frame,
    costMs: msPerMegapixel.gradient * megapixels(frame),
    apply: (pipeline, canvas) => canvas.editPixels(pipeline, pixels => paintGradient(pixels, asked)),
  }
}

function paintGradient(pixels: Pixels, { color, angle, from, to }: Gradient): Promise<void> {
  const { data, width, height, channels } = pixels
  const radians = (angle * Math.PI) / 180
  const [right, down] = [-Math.sin(radians), Math.cos(radians)]
  const way = Math.abs(right) * width + Math.abs(down) * height
  const steps = right / way / (to - from)
  return eachRow(pixels, y => {
    // the share of the way at the centre of the row's first pixel; each of the others adds a step
    const begin = 0.5 + (((1 - width) / 2) * right + (y + 0.5 - height / 2) * down) / way
    const first = (begin - from) / (to - from)
    for (let x = 0, at = y * width * channels; x < width; x++, at += channels) {
      const share = color.alpha * Math.min(1, Math.max(0, first + x * steps))
      data[at] = mixed(data[at], color.r, share)
      data[at + 1] = mixed(data[at + 1], color.g, share)
      data[at + 2] = mixed(data[at + 2], color.b, share)
    }
  })
}

const mixed = (under = 0, over: number, share: number) => under + (over - under) * share
