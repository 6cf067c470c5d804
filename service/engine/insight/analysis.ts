import resize from '../../operations/all/resize.ts'
import type { ImageFacts } from '../../plan/facts.ts'
import type { Insight } from '../../plan/insight.ts'
import { type Plan, planDerivative } from '../../plan/plan.ts'
import { type RenderLimits, renderPixels } from '../render.ts'
import { openSource } from '../sources/libvips.ts'
import type { RenderSource } from '../sources/render-source.ts'
import { analysisSide, computeInsight } from './insight.ts'

/** CPU milliseconds of the analysis itself, half of them for face detection. */
const analysisMs = 30

/** The plan of the one small rendition that the whole analysis reads. */
export function planAnalysis(facts: ImageFacts): Plan {
  const size = Math.min(analysisSide, Math.max(facts.width, facts.height))
  const options = { w: size, h: size, fit: 'inside', g: 'center', enlarge: false, dpr: 1, kernel: 'lanczos3' }
  const effortless = { ...resize, output: () => ({ effort: 0 }), source: () => ({ animate: false }) }
  const plan = planDerivative({ facts }, [{ operation: effortless, options }], 'png')
  return { ...plan, costMs: plan.costMs + analysisMs }
}

/** Analyzes an original by the plan of `planAnalysis`. @throws as `renderPixels` */
export async function analyzeImage(source: RenderSource, plan: Plan, limits: RenderLimits): Promise<Insight> {
  const pixels = await renderPixels(source, plan, limits)
  limits.signal?.throwIfAborted()
  const { exif } = await openSource(source.original, limits.maxPixels)
    .metadata()
    .catch(() => ({ exif: undefined }))
  return computeInsight(pixels, exif)
}
