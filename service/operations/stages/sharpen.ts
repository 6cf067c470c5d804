import sharp, { type SharpenOptions } from 'sharp'
import type { Frame } from '../shapes.ts'
import type { Pixels, Stage } from '../stage.ts'
import { megapixels } from './cost.ts'
import { rank } from './rank.ts'
import { eachRow } from './rows.ts'

/** Sharpens the L channel of LAB, by `sigma` in pixels and with separate strengths for `flat` and `jagged` areas. */
export function sharpen(frame: Frame, sigma: number, flat: number, jagged: number): Stage {
  const options = { sigma, m1: flat, m2: jagged }
  const common = { name: `sharpen ${sigma}`, sharpens: true, frame } as const
  const opaqueMs = 78 + 6 * sigma
  if (!frame.alpha) {
    return {
      ...common,
      rank: rank.sharpen,
      costMs: opaqueMs * megapixels(frame),
      apply: pipeline => pipeline.sharpen(options),
    }
  }
  return {
    ...common,
    rank: rank.editPixels,
    colors: 'adds',
    costMs: (opaqueMs + 40 + 6 * sigma) * megapixels(frame),
    apply: (pipeline, context) => context.editPixels(pipeline, pixels => sharpenVisible(pixels, options)),
  }
}

/**
 * Sharpens without a visible rim along transparent edges. sharp premultiplies by alpha first, which makes transparent
 * pixels black: it would sharpen the contrast of a white area to this black, and the white would turn grey there. Here
 * transparent pixels first take the colours around them.
 */
async function sharpenVisible(pixels: Pixels, options: SharpenOptions): Promise<void> {
  const { data, width, height, channels } = pixels
  const filled = channels % 2 === 0 ? await fillTransparent(pixels, options.sigma) : data
  const raw = { width, height, channels: 3 } as const
  const sharpened = await sharp(filled, { raw, limitInputPixels: false }).sharpen(options).raw().toBuffer()
  await eachRow(pixels, row => {
    const end = (row + 1) * width
    for (let pixel = row * width; pixel < end; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = pixel * channels + channel
        const source = pixel * 3 + channel
        data[at] = (data[at] ?? 0) + (sharpened[source] ?? 0) - (filled[source] ?? 0)
      }
    }
  })
}

/**
 * Removes alpha by drawing the image over a blur of its visible pixels. The blur reaches further than the mask of the
 * sharpening, so that the mask covers no pixel without such a colour.
 */
async function fillTransparent({ data, width, height }: Pixels, sigma: number): Promise<Buffer> {
  const raw = { width, height, channels: 4 } as const
  // sharp premultiplies before a blur and divides afterwards, so invisible pixels add nothing
  const filled = await sharp(data, { raw, limitInputPixels: false })
    .blur(1.5 * sigma + 1)
    .removeAlpha()
    .raw()
    .toBuffer()
  await eachRow({ width, height }, row => {
    const end = (row + 1) * width
    for (let pixel = row * width; pixel < end; pixel++) {
      const visible = (data[pixel * 4 + 3] ?? 0) / 255
      for (let channel = 0; channel < 3; channel++) {
        const around = filled[pixel * 3 + channel] ?? 0
        const change = ((data[pixel * 4 + channel] ?? 0) - around) * visible
        filled[pixel * 3 + channel] = Math.round(around + change)
      }
    }
  })
  return filled
}
