import type { Sharp } from 'sharp'
import { channel, luma, type Pixels, sample } from './planes.ts'
import { ssim } from './ssim.ts'

/** How alike an encoded picture is to the one before it was encoded: SSIM, 1 when nothing is lost. */
export type Score = (encoded: Sharp) => Promise<number>

/** Looks at luma, where the eye finds structure. */
export async function scoreByLuma(picture: Sharp): Promise<Score> {
  const reference = luma(await pixelsOf(picture))
  return async encoded => ssim(reference, luma(await pixelsOf(encoded)))
}

/** Looks at each channel, alpha too: the least alike counts. For palettes, which lose colour before anything else. */
export async function scoreByChannel(picture: Sharp): Promise<Score> {
  const reference = await pixelsOf(picture, true)
  return async encoded => {
    const pixels = await pixelsOf(encoded, true)
    return Math.min(...[0, 1, 2, 3].map(index => ssim(channel(reference, index), channel(pixels, index))))
  }
}

/** What cannot be seen must not count: transparent pixels lie over grey. */
async function pixelsOf(picture: Sharp, alpha = false): Promise<Pixels> {
  const colors = picture.toColourspace('srgb')
  const seen = alpha ? colors.ensureAlpha() : colors.flatten({ background: '#808080' })
  const { data, info } = await seen.raw().toBuffer({ resolveWithObject: true })
  return sample({ data, width: info.width, height: info.height, channels: info.channels })
}
