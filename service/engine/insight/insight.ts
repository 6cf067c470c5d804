import type { RgbaPixels } from '../../operations/analysis/resample.ts'
import type { Insight } from '../../plan/insight.ts'
import { analyzePixels } from './analysis-threads.ts'
import { readExposure } from './exposure.ts'
import { detectionSide } from './faces/detect.ts'

/** The longest side of the rendition that is analyzed: face detection needs the most pixels. */
export const analysisSide = detectionSide

/**
 * Computes all insight of an image.
 * @param rendition upright, no side longer than `analysisSide`
 * @param exif of the original
 */
export async function computeInsight(rendition: RgbaPixels, exif: Buffer | undefined): Promise<Insight> {
  return { ...(await analyzePixels(rendition)), exif: readExposure(exif) }
}
