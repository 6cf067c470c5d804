import type { Sharp } from 'sharp'
import type { Insight } from '../../plan/insight.ts'
import { blurhashOf } from './blurhash.ts'
import { readExposure } from './exposure.ts'
import { detectionSide } from './faces/detect.ts'
import { findFaces } from './faces.ts'
import { kindOf } from './kind.ts'
import { paletteOf } from './palette.ts'
import { perceptualHash } from './perceptual-hash.ts'
import { readPixels } from './pixels.ts'
import { thumbhashOf } from './thumbhash.ts'

/** Looks at a picture: it is decoded once, to the size that the most demanding of all questions needs. */
export async function readInsight(picture: Sharp, exif: Buffer | undefined): Promise<Insight> {
  const pixels = await readPixels(picture, detectionSide)
  const palette = await paletteOf(pixels)
  return {
    kind: kindOf(pixels),
    thumbhash: await thumbhashOf(pixels),
    blurhash: await blurhashOf(pixels),
    dominantColor: palette[0].color,
    palette,
    pHash: await perceptualHash(pixels),
    faces: await findFaces(pixels),
    exif: readExposure(exif),
  }
}
