import type { Sharp } from 'sharp'
import { channelPlane, type InterleavedPixels, lumaPlane, sampleBands } from './planes.ts'
import { ssim } from './ssim.ts'

/** Similarity (SSIM) of an encoded image to the pixels before encoding: 1 when nothing was lost. */
export type SimilarityScore = (encoded: Sharp) => Promise<number>

/** Compares luma, where the eye sees structure. */
export async function scoreByLuma(pipeline: Sharp): Promise<SimilarityScore> {
  const reference = lumaPlane(await pixelsOf(pipeline))
  return async encoded => ssim(reference, lumaPlane(await pixelsOf(encoded)))
}

/** Compares each channel including alpha and returns the lowest value. Used for palettes, which lose colour first. */
export async function scoreByChannel(pipeline: Sharp): Promise<SimilarityScore> {
  const reference = await pixelsOf(pipeline, true)
  return async encoded => {
    const pixels = await pixelsOf(encoded, true)
    return Math.min(
      ...[0, 1, 2, 3].map(index => ssim(channelPlane(reference, index), channelPlane(pixels, index))),
    )
  }
}

/** Transparent pixels are flattened onto grey, as invisible differences must not count. */
async function pixelsOf(pipeline: Sharp, alpha = false): Promise<InterleavedPixels> {
  const colors = pipeline.toColourspace('srgb')
  const visible = alpha ? colors.ensureAlpha() : colors.flatten({ background: '#808080' })
  const { data, info } = await visible.raw().toBuffer({ resolveWithObject: true })
  return sampleBands({ data, width: info.width, height: info.height, channels: info.channels })
}
