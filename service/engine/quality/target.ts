import type { OutputSettings } from '../../operations/settings.ts'
import type { OutputFormat } from '../../plan/formats.ts'
import type { RenderedImage } from '../encode/output.ts'
import { searchAutoQuality } from './auto-quality.ts'
import { fitByteBudget } from './byte-budget.ts'
import { choosesByContent, encodeByContent } from './content-coding.ts'
import { qualityScales } from './quality-scale.ts'
import { createTrialEncoder, type EncodedTrial, type EncodeJob, type TrialEncoder } from './trial-encoder.ts'

/** Whether an image may have to be encoded more than once. */
export const needsQualitySearch = ({ quality, maxBytes }: OutputSettings): boolean =>
  quality === 'auto' || maxBytes !== undefined

/**
 * Encodes an image with the quality that it needs (`q-auto`) and within its byte budget (`maxbytes`). Animations are
 * not compared: `q-auto` is the format's default there.
 * @returns the smallest result when the budget cannot be met
 * @throws DarkroomError `deadline`; the signal's reason when aborted
 */
export async function encodeToTarget(job: EncodeJob): Promise<RenderedImage> {
  const { format, settings } = job.plan
  const encoder = createTrialEncoder(job)
  const nearLossless = isNearLossless(format, settings)
  const found =
    settings.quality === 'auto' && !nearLossless && !job.timing ? await searchAutoQuality(job, encoder) : []
  const isMeasured = !job.timing && choosesByContent(job.plan)
  const first = found[0]?.image ?? (await (isMeasured ? encodeByContent(job) : encoder.encode()))
  const best = job.pickSmaller(first)
  const { maxBytes = Number.POSITIVE_INFINITY } = settings
  if (best.data.length <= maxBytes) return best
  if (nearLossless) return encodeWithMoreEffort(best, job, encoder)
  const scale = qualityScales[format]
  if (scale === undefined) return best
  const known = found.length > 0 ? found : trialWithoutSearch(first, format, settings)
  const fitted = await fitByteBudget(maxBytes, scale, known, encoder)
  return fitted.data.length < best.data.length ? fitted : best
}

/** Whether a lossless or near-lossless result was requested. A byte budget does not override that. */
export function isNearLossless(format: OutputFormat, { lossless, near }: OutputSettings): boolean {
  return (
    (format !== 'jpg' && format !== 'gif' && lossless === true) || (format === 'webp' && near !== undefined)
  )
}

/**
 * Encodes with more effort, the only way to make a lossless image smaller. Only PNG and WebP: other formats have no
 * effort or take minutes.
 */
async function encodeWithMoreEffort(
  best: RenderedImage,
  { plan }: EncodeJob,
  encoder: TrialEncoder,
): Promise<RenderedImage> {
  const supportsEffort =
    (plan.format === 'png' || plan.format === 'webp') && plan.settings.effort === undefined
  if (!supportsEffort || !encoder.hasTimeLeft()) return best
  const smallest = await encoder.encode({ effort: 9 })
  return smallest.data.length < best.data.length ? smallest : best
}

/** The first trial of a search: an image that was encoded without one. Empty if it was encoded without a quality. */
function trialWithoutSearch(
  image: RenderedImage,
  format: OutputFormat,
  { quality }: OutputSettings,
): readonly EncodedTrial[] {
  const scale = qualityScales[format]
  if (scale === undefined) return []
  const ownQuality = format === 'gif' || typeof quality !== 'number' ? undefined : quality
  if (ownQuality === undefined) return scale.lossless ? [] : [{ quality: scale.start, image }]
  return [{ quality: ownQuality, image }]
}
