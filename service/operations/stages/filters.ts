import type { Frame } from '../shapes.ts'
import type { Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'
import { premultiplied } from './rotate.ts'

/** With alpha there is one more channel, and colours are premultiplied and divided again. */
const withPremultiplication = ({ alpha }: Frame, times: number, ms: number) => (alpha ? 8 + times * ms : ms)

/** Applies a Gaussian blur of this standard deviation, in pixels. */
export function blur(frame: Frame, sigma: number): Stage {
  return {
    name: `blur ${sigma}`,
    rank: rank.blur,
    blurSigma: sigma,
    frame,
    costMs: withPremultiplication(frame, 2, 3 + 0.3 * sigma + 0.006 * sigma ** 2) * megapixels(frame),
    apply: pipeline => pipeline.blur(sigma),
  }
}

/** Removes the colour and keeps luminance. */
export function grayscale(frame: Frame): Stage {
  return {
    name: 'grayscale',
    rank: rank.grayscale,
    colors: 'removes',
    frame,
    costMs: (frame.alpha ? msPerMegapixel.grayscaleAlpha : msPerMegapixel.grayscale) * megapixels(frame),
    apply: pipeline => pipeline.grayscale(),
  }
}

/**
 * Replaces each pixel by the median of a square window around it, channel by channel, which removes specks and keeps
 * edges. Fully transparent pixels do not spread their colour.
 * @param window side of the window in pixels
 */
export function median(frame: Frame, window: number): Stage {
  return {
    name: `median ${window}`,
    rank: frame.alpha ? rank.medianAlpha : rank.median,
    // A median of more than 8 bits costs many times as much.
    colors: 'adds',
    changesColors: true,
    frame,
    costMs: withPremultiplication(frame, 1.3, 145 + 4 * window) * megapixels(frame),
    apply: pipeline => (frame.alpha ? premultiplied(pipeline.median(window)) : pipeline.median(window)),
  }
}
