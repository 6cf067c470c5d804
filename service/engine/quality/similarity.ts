import type { Sharp } from 'sharp'
import { channelPlane, type InterleavedPixels, lumaPlane, sampleBands } from './planes.ts'
import { ssim } from './ssim.ts'

/** How alike an encoded picture is to the one before it was encoded: SSIM, 1 when nothing is lost. */
export type SimilarityScore = (encoded: Sharp) => Promise<number>

/** Looks at luma, where the eye finds structure. */
export async function scoreByLuma(picture: Sharp): Promise<SimilarityScore> {
  const reference = lumaPlane(await pixelsOf(picture))
  return async encoded => ssim(reference, lumaPlane(await pixelsOf(encoded)))
}

/** Looks at each channel, alpha too: the least alike counts. For palettes, which lose colour before anything else. */
export async function scoreByChannel(picture: Sharp): Promise<SimilarityScore> {
  const reference = await pixelsOf(picture, true)
  return async encoded => {
    const pixels = await pixelsOf(encoded, true)
    return Math.min(
      ...[0, 1, 2, 3].map(index => ssim(channelPlane(reference, index), channelPlane(pixels, index))),
    )
  }
}

/** What cannot be seen must not count: transparent pixels lie over grey. */
async function pixelsOf(picture: Sharp, alpha = false): Promise<InterleavedPixels> {
  const colors = picture.toColourspace('srgb')
  const found = alpha ? colors.ensureAlpha() : colors.flatten({ background: '#808080' })
  const { data, info } = await found.raw().toBuffer({ resolveWithObject: true })
  return sampleBands({ data, width: info.width, height: info.height, channels: info.channels })
}
