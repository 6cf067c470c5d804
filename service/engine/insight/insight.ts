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

/** The longest side of the rendition that is analyzed: face detection needs the most pixels. */
export const analysisSide = detectionSide

/**
 * Computes all insight of an image.
 * @param rendition a lossless file of the image, upright, no side longer than `analysisSide`
 * @param exif of the original
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
