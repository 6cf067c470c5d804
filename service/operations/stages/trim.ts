import { setImmediate } from 'node:timers/promises'
import type { Sharp } from 'sharp'
import type { Color } from '../color.ts'
import type { Frame, Region } from '../shapes.ts'
import type { Probe } from '../stage.ts'
import { megapixels, msPerMegapixel } from './cost.ts'
import { extract } from './geometry.ts'

/**
 * Removes borders of this colour from all four sides; without a colour, borders of the colour of the top left pixel.
 * @param threshold the most by which a sample (0–255) of a border may differ from that of the colour
 */
export function trim(frame: Frame, threshold: number, color: Color | undefined): Probe {
  const whole: Region = { left: 0, top: 0, width: frame.width, height: frame.height }
  return {
    name: 'find edges',
    costMs: msPerMegapixel.trim * megapixels(frame),
    expected: whole,
    measure: async image => (await findContent(image, threshold, color)) ?? whole,
    stages: content =>
      content.width === frame.width && content.height === frame.height ? [] : [extract(frame, content)],
  }
}

/** Rows that are processed before yielding to the event loop, so that a large image does not block the process. */
const rowsPerTick = 128

/** The box around all pixels that differ from the background; undefined when there are none. */
async function findContent(
  image: Sharp,
  threshold: number,
  color: Color | undefined,
): Promise<Region | undefined> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  const isContent = contentTest(data, channels, threshold, color)
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
    if (row % rowsPerTick === 0) await setImmediate()
  }
  return top < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 }
}

/** Returns a test whether a pixel differs from the background. Invisible pixels never differ, whatever their colour. */
function contentTest(data: Buffer, channels: number, threshold: number, color: Color | undefined) {
  const hasAlpha = channels % 2 === 0
  const colors = hasAlpha ? channels - 1 : channels
  const sample = (at: number) => data[at] ?? 0
  const alphaOf = (at: number) => (hasAlpha ? sample(at + colors) : 255)
  const background = color ? [color.r, color.g, color.b] : [...data.subarray(0, colors)]
  const opacity = color ? 255 * color.alpha : alphaOf(0)
  return (pixel: number): boolean => {
    const at = pixel * channels
    const alpha = alphaOf(at)
    if (alpha <= threshold && hasAlpha) return false
    if (Math.abs(alpha - opacity) > threshold) return true
    for (let channel = 0; channel < colors; channel++) {
      if (Math.abs(sample(at + channel) - (background[channel] ?? 0)) > threshold) return true
    }
    return false
  }
}
