import type { Color } from '../color.ts'
import type { Frame } from '../shapes.ts'
import type { Pixels, Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'
import { eachRow } from './rows.ts'

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
