import sharp from 'sharp'
import { extractPalette } from '../../operations/analysis/palette.ts'
import { readRgba } from '../../operations/analysis/rgba.ts'
import { encodeThumbhash } from '../../operations/analysis/thumbhash.ts'
import type { Insight } from '../../plan/insight.ts'
import { blurhashOf } from './blurhash.ts'
import { readExposure } from './exposure.ts'
import { detectionSide } from './faces/detect.ts'
import { findFaces } from './faces/find-faces.ts'
import { classifyKind } from './kind.ts'
import { perceptualHash } from './perceptual-hash.ts'

/** The longest side of the rendition that is looked at: what the most demanding of all questions needs. */
export const analysisSide = detectionSide

/**
 * Looks at an image.
 * @param rendition a lossless file of it, upright, no side longer than `insightSide`
 * @param exif the original's
 */
export async function computeInsight(rendition: Buffer, exif: Buffer | undefined): Promise<Insight> {
  const pixels = await readRgba(sharp(rendition))
  const palette = await extractPalette(pixels)
  return {
    kind: classifyKind(pixels),
    thumbhash: Buffer.from(await encodeThumbhash(pixels)).toString('base64'),
    blurhash: await blurhashOf(pixels),
    dominantColor: palette[0].color,
    palette,
    pHash: await perceptualHash(pixels),
    faces: await findFaces(pixels),
    exif: readExposure(exif),
  }
}
