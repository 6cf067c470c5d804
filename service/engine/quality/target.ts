import type { OutputSettings } from '../../operations/settings.ts'
import type { OutputFormat } from '../../plan/formats.ts'
import type { RenderedImage } from '../encode/output.ts'
import { searchAutoQuality } from './auto-quality.ts'
import { fitByteBudget } from './byte-budget.ts'
import { qualityScales } from './quality-scale.ts'
import { createTrialEncoder, type EncodedTrial, type EncodeJob, type TrialEncoder } from './trial-encoder.ts'

/** Whether a picture may have to be written more than once. */
export const needsQualitySearch = ({ quality, maxBytes }: OutputSettings): boolean =>
  quality === 'auto' || maxBytes !== undefined

/**
 * Writes a picture with the quality that it needs (`auto`) and within the bytes that it may have. Frames of an animation
 * are not compared: `auto` is the format's default there.
 * @returns the smallest that can be had when the budget cannot be met
 * @throws DarkroomError `deadline`; the signal's reason when it aborts
 */
export async function encodeToTarget(job: EncodeJob): Promise<RenderedImage> {
  const { format, settings } = job.plan
  const encoder = createTrialEncoder(job)
  const isExact = isNearLossless(format, settings)
  const found =
    settings.quality === 'auto' && !isExact && !job.timing ? await searchAutoQuality(job, encoder) : []
  const first = found[0]?.image ?? (await encoder.encode())
  const best = job.pickSmaller(first)
  const { maxBytes = Number.POSITIVE_INFINITY } = settings
  if (best.data.length <= maxBytes) return best
  if (isExact) return pressHarder(best, job, encoder)
  const scale = qualityScales[format]
  if (scale === undefined) return best
  const known = found.length > 0 ? found : plainly(first, format, settings)
  const fitted = await fitByteBudget(maxBytes, scale, known, encoder)
  return fitted.data.length < best.data.length ? fitted : best
}

/** What was asked to lose nothing, or nearly nothing, does not for the sake of bytes. */
export function isNearLossless(format: OutputFormat, { lossless, near }: OutputSettings): boolean {
  return (
    (format !== 'jpg' && format !== 'gif' && lossless === true) || (format === 'webp' && near !== undefined)
  )
}

/** More effort is all there is left; others than PNG and WebP take minutes for it, or have none. */
async function pressHarder(
  best: RenderedImage,
  { plan }: EncodeJob,
  encoder: TrialEncoder,
): Promise<RenderedImage> {
  const may = (plan.format === 'png' || plan.format === 'webp') && plan.settings.effort === undefined
  if (!may || !encoder.hasTimeLeft()) return best
  const pressed = await encoder.encode({ effort: 9 })
  return pressed.data.length < best.data.length ? pressed : best
}

/** What was written without any search, as far as it had a quality. */
function plainly(
  image: RenderedImage,
  format: OutputFormat,
  { quality }: OutputSettings,
): readonly EncodedTrial[] {
  const scale = qualityScales[format]
  if (scale === undefined) return []
  const own = format === 'gif' || typeof quality !== 'number' ? undefined : quality
  if (own === undefined) return scale.lossless ? [] : [{ quality: scale.start, image }]
  return [{ quality: own, image }]
}
