import type { OutputFormat } from '../../plan/formats.ts'
import type { RenderedImage } from '../encode/output.ts'
import { openEncoded } from './open-encoded.ts'
import { type QualityScale, qualityScales } from './quality-scale.ts'
import { searchQuality } from './quality-search.ts'
import { type SimilarityScore, scoreByChannel, scoreByLuma } from './similarity.ts'
import { isNearLossless } from './target.ts'
import { createTrialEncoder, type EncodeJob, type TrialEncoder } from './trial-encoder.ts'

/** How much less distortion than the stand-in's is close enough to it, from and to, in natural logarithms. */
const targetExcess = [0, 0.1] as const
/** How the logarithm of distortion falls with that of bytes, on ordinary pictures. */
const usualSlope = 1.2
const maxTrials = 4
/** Below this nobody can tell, and a quotient would be noise. */
const leastDistortion = 1e-5

/**
 * Writes a picture again that has been answered with a stand-in, so that it weighs less and looks no worse: by SSIM
 * against the pixels before any encoding. The quality that was asked for is tried first; where its greater effort costs
 * likeness, others are.
 * @returns undefined where the stand-in is the best there is
 */
export async function improveOnStandin(
  job: EncodeJob,
  standin: RenderedImage,
): Promise<RenderedImage | undefined> {
  const { format, settings } = job.plan
  const encoder = createTrialEncoder(job)
  const isSmaller = ({ data }: RenderedImage) => data.length < standin.data.length
  if (isNearLossless(format, settings) || isLossless(format, job)) {
    const image = job.pickSmaller(await encoder.encode())
    return isSmaller(image) ? image : undefined
  }
  const excess = await excessOver(job, standin)
  const image = await trials(job, encoder, excess)
  const better = image.filter(trial => trial.excess >= 0 && isSmaller(trial.image))
  return better.length === 0 ? undefined : better.reduce(smaller).image
}

const smaller = <T extends { image: RenderedImage }>(best: T, one: T) =>
  one.image.data.length < best.image.data.length ? one : best

/** Formats that lose nothing unless a quality is named. */
const isLossless = (format: OutputFormat, { plan: { settings } }: EncodeJob) =>
  qualityScales[format]?.lossless === true &&
  settings.quality === undefined &&
  settings.maxBytes === undefined

/** By how much less a writing distorts the picture than the stand-in does; 0 when it is as good. */
async function excessOver(
  job: EncodeJob,
  standin: RenderedImage,
): Promise<(image: RenderedImage) => Promise<number>> {
  const { format } = job.plan
  const score = await scoreOf(format, job)
  const distortion = async (image: RenderedImage) => {
    const alike = await score(await openEncoded(image, format, job.secondsLeft()))
    return Math.log(Math.max(1 - alike, leastDistortion))
  }
  const reached = await distortion(standin)
  return async image => reached - (await distortion(image))
}

/** Palettes lose colour before anything else. */
const scoreOf = async (format: OutputFormat, { open }: EncodeJob): Promise<SimilarityScore> =>
  format === 'png' || format === 'gif' ? scoreByChannel(await open()) : scoreByLuma(await open())

interface ScoredImage {
  readonly image: RenderedImage
  readonly excess: number
}

async function trials(
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
  const asked = typeof settings.quality === 'number' ? settings.quality : scale.start
  return searchQuality(
    quality => encoder.encodeAt(quality, scale, excess),
    {
      scale,
      range: rangeAround(asked, scale),
      target: targetExcess,
      slope: usualSlope,
      maxTrials,
      hasTimeLeft: encoder.hasTimeLeft,
    },
    asked,
  )
}

/** What was asked for in words stays near them: the search evens out what effort changes, no more. */
const rangeAround = (quality: number, { range: [least, most] }: QualityScale) =>
  [Math.max(least, quality - 15), Math.min(most, quality + 15)] as const
