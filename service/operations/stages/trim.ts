import { setImmediate } from 'node:timers/promises'
import type { Sharp } from 'sharp'
import type { Color } from '../color.ts'
import type { Frame, Region } from '../shapes.ts'
import type { Probe } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { extract } from './geometry.ts'

/**
 * Cuts off what is like the colour, or the top left pixel without one, from all four sides.
 * @param threshold how far a sample of 0–255 may be from it
 */
export function trim(frame: Frame, threshold: number, color: Color | undefined): Probe {
  const whole: Region = { left: 0, top: 0, width: frame.width, height: frame.height }
  return {
    name: 'find the edges',
    costMs: msPerMegapixel.trim * megapixels(frame),
    expected: whole,
    measure: async picture => (await findContent(picture, threshold, color)) ?? whole,
    stages: found =>
      found.width === frame.width && found.height === frame.height ? [] : [extract(frame, found)],
  }
}

/** Rows that are looked at before other work has its turn: no picture may hold up the process. */
const rowsAtOnce = 128

/** The box around all pixels that are unlike the background; undefined when there are none. */
async function findContent(
  picture: Sharp,
  threshold: number,
  color: Color | undefined,
): Promise<Region | undefined> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const isContent = unlike(data, channels, threshold, color)
  let [left, right, top, bottom] = [width, -1, -1, -1]
  for (let row = 0; row < height; row++) {
    const start = row * width
    let first = 0
    while (first < width && !isContent(start + first)) first++
    if (first < width) {
      let last = width - 1
      while (last > right && !isContent(start + last)) last--
      left = Math.min(left, first)
      right = Math.max(right, last)
      if (top < 0) top = row
      bottom = row
    }
    if (row % rowsAtOnce === 0) await setImmediate()
  }
  return top < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 }
}

/** Whether a pixel is unlike the background; one that cannot be seen never is, whatever its colour. */
function unlike(data: Buffer, channels: number, threshold: number, color: Color | undefined) {
  const transparent = channels % 2 === 0
  const colors = transparent ? channels - 1 : channels
  const sample = (at: number) => data[at] ?? 0
  const alphaOf = (at: number) => (transparent ? sample(at + colors) : 255)
  const background = color ? [color.r, color.g, color.b] : [...data.subarray(0, colors)]
  const opacity = color ? 255 * color.alpha : alphaOf(0)
  return (pixel: number): boolean => {
    const at = pixel * channels
    const alpha = alphaOf(at)
    if (alpha <= threshold && transparent) return false
    if (Math.abs(alpha - opacity) > threshold) return true
    for (let channel = 0; channel < colors; channel++) {
      if (Math.abs(sample(at + channel) - (background[channel] ?? 0)) > threshold) return true
    }
    return false
  }
}
