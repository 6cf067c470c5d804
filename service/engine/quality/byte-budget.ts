import type { RenderedImage } from '../encode/output.ts'
import type { QualityScale } from './quality-scale.ts'
import { searchQuality } from './quality-search.ts'
import type { EncodedTrial, TrialEncoder } from './trial-encoder.ts'

/** A result that fills nine tenths of the budget is not encoded again. */
const targetExcess = [Math.log(0.9), 0] as const
const maxTrials = 6

/**
 * Encodes an image at the highest quality that fits the budget in bytes.
 * @param known earlier trials that were too large; no higher quality is tried
 * @returns the smallest result when not even the lowest quality fits
 */
export async function fitByteBudget(
  budget: number,
  scale: QualityScale,
  known: readonly EncodedTrial[],
  encoder: TrialEncoder,
): Promise<RenderedImage> {
  const excess = ({ data }: RenderedImage) => Math.log(data.length / budget)
  const [least, most] = scale.range
  const trials = await searchQuality(
    quality => encoder.encodeAt(quality, scale, excess),
    {
      scale,
      range: [least, Math.min(most, ...known.map(({ quality }) => quality))],
      target: targetExcess,
      slope: 1,
      maxTrials: known.length + maxTrials,
      hasTimeLeft: encoder.hasTimeLeft,
    },
    scale.start,
    known.map(trial => ({ ...trial, excess: excess(trial.image) })),
  )
  const fitting = trials.filter(trial => trial.excess <= 0)
  if (fitting.length > 0)
    return fitting.reduce((best, one) => (one.quality > best.quality ? one : best)).image
  const tried = trials.some(({ quality }) => quality === least)
  const last = tried || !encoder.hasTimeLeft() ? [] : [await encoder.encodeAt(least, scale, excess)]
  return [...trials, ...last].reduce((best, one) => (one.excess < best.excess ? one : best)).image
}
