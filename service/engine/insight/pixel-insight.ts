import { extractPalette, maxPaletteSide } from '../../operations/analysis/palette.ts'
import { fitWithin, type RgbaPixels, resample } from '../../operations/analysis/resample.ts'
import { encodeThumbhash } from '../../operations/analysis/thumbhash.ts'
import type { Insight } from '../../plan/insight.ts'
import { blurhashOf } from './blurhash.ts'
import type { FaceDetector } from './faces/detect.ts'
import { classifyKind } from './kind.ts'
import { perceptualHash } from './perceptual-hash.ts'

/** The insight that follows from the pixels of an image. */
export type PixelInsight = Omit<Insight, 'exif'>

/** The network finds no face in an image whose longest side has fewer pixels, such as an icon. */
const minFacesSide = 24

/**
 * Computes the insight of an image from its pixels. Colours and hashes are computed from one smaller copy.
 * @param detect without it, or when it throws, faces are unknown
 */
export function describePixels(pixels: RgbaPixels, detect: FaceDetector | undefined): PixelInsight {
  const { kind, isDrawing } = classifyKind(pixels)
  const small = resample(pixels, fitWithin(pixels, maxPaletteSide))
  const palette = extractPalette(small)
  const hasNoFace = isDrawing || Math.max(pixels.width, pixels.height) < minFacesSide
  return {
    kind,
    thumbhash: Buffer.from(encodeThumbhash(small)).toString('base64'),
    blurhash: blurhashOf(small),
    dominantColor: palette[0].color,
    palette,
    pHash: perceptualHash(small),
    faces: hasNoFace ? [] : findFaces(pixels, detect),
  }
}

function findFaces(pixels: RgbaPixels, detect: FaceDetector | undefined): Insight['faces'] {
  try {
    return detect?.(pixels) ?? null
  } catch {
    return null
  }
}
