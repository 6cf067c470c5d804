import type { Frame } from '../shapes.ts'
import type { Stage } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { rank } from './rank.ts'
import { premultiplied } from './rotate.ts'

/** With alpha there is a channel more, and colours are multiplied by it and divided again. */
const premultiplying = ({ alpha }: Frame, times: number, ms: number) => (alpha ? 8 + times * ms : ms)

/** Blurs by a Gaussian of this standard deviation, in pixels. */
export function blur(frame: Frame, sigma: number): Stage {
  return {
    name: `blur ${sigma}`,
    rank: rank.blur,
    blurSigma: sigma,
    frame,
    costMs: premultiplying(frame, 2, 3 + 0.3 * sigma + 0.006 * sigma ** 2) * megapixels(frame),
    apply: pipeline => pipeline.blur(sigma),
  }
}

/** Sharpens in the L channel of LAB: `sigma` in pixels, `flat` and `jagged` areas each by their own strength. */
export function sharpen(frame: Frame, sigma: number, flat: number, jagged: number): Stage {
  return {
    name: `sharpen ${sigma}`,
    rank: rank.sharpen,
    blurSigma: 0,
    frame,
    costMs: premultiplying(frame, 3, 78 + 6 * sigma) * megapixels(frame),
    apply: pipeline => pipeline.sharpen({ sigma, m1: flat, m2: jagged }),
  }
}

/** Takes the colour out, keeping luminance. */
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
 * Gives each pixel the median of the window of this many pixels a side around it, channel by channel, which takes
 * specks away and keeps edges. What cannot be seen has no colour to give.
 */
export function median(frame: Frame, window: number): Stage {
  return {
    name: `median ${window}`,
    rank: frame.alpha ? rank.medianAlpha : rank.median,
    // more than 8 bits would cost many times as much
    colors: 'adds',
    changesColors: true,
    frame,
    costMs: premultiplying(frame, 1.3, 145 + 4 * window) * megapixels(frame),
    apply: pipeline => (frame.alpha ? premultiplied(pipeline.median(window)) : pipeline.median(window)),
  }
}
