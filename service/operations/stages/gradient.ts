import type { Color } from '../color.ts'
import type { Frame } from '../shapes.ts'
import type { Pixels, Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'
import { eachRow } from './rows.ts'

/** A linear gradient from transparent to a colour. */
export interface Gradient {
  /** Its alpha is the opacity at the end. */
  readonly color: Color
  /** Degrees clockwise from down. */
  readonly angle: number
  /** Start and end, as fractions of the distance across the image. */
  readonly from: number
  readonly to: number
}

/**
 * Blends a gradient over the image; alpha stays. As in CSS, 0 and 1 are at the corners that are furthest back and
 * furthest ahead in the gradient's direction.
 */
export function gradient(frame: Frame, options: Gradient): Stage {
  return {
    name: `gradient ${options.angle}`,
    rank: rank.editPixels,
    colors: 'adds',
    changesColors: true,
    frame,
    costMs: msPerMegapixel.gradient * megapixels(frame),
    apply: (pipeline, context) => context.editPixels(pipeline, pixels => paintGradient(pixels, options)),
  }
}

function paintGradient(pixels: Pixels, { color, angle, from, to }: Gradient): Promise<void> {
  const { data, width, height, channels } = pixels
  const radians = (angle * Math.PI) / 180
  const [right, down] = [-Math.sin(radians), Math.cos(radians)]
  const distance = Math.abs(right) * width + Math.abs(down) * height
  const step = right / distance / (to - from)
  return eachRow(pixels, y => {
    // The position at the centre of the row's first pixel; each further pixel adds a step.
    const rowStart = 0.5 + (((1 - width) / 2) * right + (y + 0.5 - height / 2) * down) / distance
    const first = (rowStart - from) / (to - from)
    for (let x = 0, at = y * width * channels; x < width; x++, at += channels) {
      const share = color.alpha * Math.min(1, Math.max(0, first + x * step))
      data[at] = mix(data[at], color.r, share)
      data[at + 1] = mix(data[at + 1], color.g, share)
      data[at + 2] = mix(data[at + 2], color.b, share)
    }
  })
}

const mix = (below = 0, above: number, share: number) => below + (above - below) * share
