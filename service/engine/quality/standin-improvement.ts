import type { OutputFormat } from '../../plan/formats.ts'
import type { RenderedImage } from '../encode/output.ts'
import { choosesByContent, encodeByContent } from './content-coding.ts'
import { openEncoded } from './open-encoded.ts'
import { type QualityScale, qualityScales } from './quality-scale.ts'
import { searchQuality } from './quality-search.ts'
import { type SimilarityScore, scoreByChannel, scoreByLuma } from './similarity.ts'
import { isNearLossless } from './target.ts'
import { createTrialEncoder, type EncodeJob, type TrialEncoder } from './trial-encoder.ts'

/** The search ends at an encoding whose excess over the stand-in is in this range. See `excessOver`. */
const targetExcess = [0, 0.1] as const
/** How much the logarithm of distortion falls on ordinary images when the logarithm of bytes grows by 1. */
const usualSlope = 1.2
const maxTrials = 4
/** Distortion below this is invisible, and a ratio of two such values would be noise. */
const minDistortion = 1e-5

/**
 * Encodes an image again after its stand-in was sent, so that it has fewer bytes than the stand-in and no lower SSIM
 * against the unencoded pixels. The requested quality is tried first, with the plan's higher effort; if that lowers
 * the SSIM, other qualities are tried.
 * @returns undefined when the stand-in cannot be improved
 */
export async function improveOnStandin(
  job: EncodeJob,
  standin: RenderedImage,
): Promise<RenderedImage | undefined> {
  const { format, settings } = job.plan
  const encoder = createTrialEncoder(job)
  const isSmaller = ({ data }: RenderedImage) => data.length < standin.data.length
  if (isNearLossless(format, settings) || isLossless(format, job)) {
    const image = await (choosesByContent(job.plan) ? encodeByContent(job) : encoder.encode())
    const picked = job.pickSmaller(image)
    return isSmaller(picked) ? picked : undefined
  }
  const excess = await excessOver(job, standin)
  const trials = await runTrials(job, encoder, excess)
  const better = trials.filter(trial => trial.excess >= 0 && isSmaller(trial.image))
  return better.length === 0 ? undefined : better.reduce(smaller).image
}

const smaller = <T extends { image: RenderedImage }>(best: T, one: T) =>
  one.image.data.length < best.image.data.length ? one : best

/** Whether the format is lossless, because no quality is set. */
const isLossless = (format: OutputFormat, { plan: { settings } }: EncodeJob) =>
  qualityScales[format]?.lossless === true &&
  settings.quality === undefined &&
  settings.maxBytes === undefined

/**
 * Returns a function that compares an encoding with the stand-in: the natural logarithm of the stand-in's distortion
 * divided by that of the encoding. It is positive when the encoding distorts less, 0 when both distort equally.
 */
async function excessOver(
  job: EncodeJob,
  standin: RenderedImage,
): Promise<(image: RenderedImage) => Promise<number>> {
  const { format } = job.plan
  const score = await scoreOf(format, job)
  const distortion = async (image: RenderedImage) => {
    const similarity = await score(await openEncoded(image, format, job.secondsLeft()))
    return Math.log(Math.max(1 - similarity, minDistortion))
  }
  const standinDistortion = await distortion(standin)
  return async image => standinDistortion - (await distortion(image))
}

/** Reducing an image to a palette changes colour more than brightness, so each channel is compared, not only luma. */
const scoreOf = async (format: OutputFormat, { open }: EncodeJob): Promise<SimilarityScore> =>
  format === 'png' || format === 'gif' ? scoreByChannel(await open()) : scoreByLuma(await open())

interface ScoredImage {
  readonly image: RenderedImage
  readonly excess: number
}

async function runTrials(
  job: EncodeJob,
  encoder: TrialEncoder,
  excess: (image: RenderedImage) => Promise<number>,
): Promise<readonly ScoredImage[]> {
  const { format, settings } = job.plan
  const scale = qualityScales[format]
  if (scale === undefined || scale.settings) {
    const image = await encoder.encode()
    return [{ image, excess: await excess(image) }]
  }
  const requested = typeof settings.quality === 'number' ? settings.quality : scale.start
  return searchQuality(
    quality => encoder.encodeAt(quality, scale, excess),
    {
      scale,
      range: rangeAround(requested, scale),
      target: targetExcess,
      slope: usualSlope,
      maxTrials,
      hasTimeLeft: encoder.hasTimeLeft,
    },
    requested,
  )
}

/** Bounds near the requested quality: the search only compensates for the change of effort. */
const rangeAround = (quality: number, { range: [least, most] }: QualityScale) =>
  [Math.max(least, quality - 15), Math.min(most, quality + 15)] as const
