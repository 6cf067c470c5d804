import type { OutputFormat } from '../../plan/formats.ts'
import type { RenderedImage } from '../encode/output.ts'
import { openEncoded } from './open-encoded.ts'
import { qualityScales } from './quality-scale.ts'
import { searchQuality } from './quality-search.ts'
import { scoreByChannel, scoreByLuma } from './similarity.ts'
import type { EncodedTrial, EncodeJob, TrialEncoder } from './trial-encoder.ts'

/** What `q-auto` aims at in a format. */
interface Target {
  /** See `excessOf`. */
  readonly aim: number
  /** Where quality stays, whatever the measure says: it is blind to colour. */
  readonly range: readonly [least: number, most: number]
}

/**
 * Found on 47 photographs and graphics at 800 pixels, so that the mean SSIM is that of the fixed default quality: with
 * jpg 2.6 %, webp 3.7 % and avif 0.3 % fewer bytes in the mean, while the worst picture goes from 0.923 to 0.953, stays
 * at 0.944, and goes from 0.909 to 0.947; 1.8, 1.6 and 2.1 writings a picture. That of jxl is its default's mean.
 */
const targets: Readonly<Partial<Record<OutputFormat, Target>>> = {
  jpg: { aim: -2.72, range: [55, 88] },
  webp: { aim: -2.27, range: [60, 90] },
  avif: { aim: -2.1, range: [44, 70] },
  jxl: { aim: -2.35, range: [60, 88] },
}

/** A fifth more or less distortion is as good: nobody sees it, and most pictures need no second writing. */
const targetExcess = [-0.2, 0.2] as const
/** How the excess grows with the logarithm of bytes, on ordinary pictures. */
const usualSlope = 1.7
const maxTrials = 4

/** A palette is as good as all colours from here on, in every channel. */
const unseen = 0.998

/**
 * Looks for the quality at which a picture looks right.
 * @returns all that was written, the best first; nothing where the format's default is what there is
 */
export async function searchAutoQuality(
  job: EncodeJob,
  encoder: TrialEncoder,
): Promise<readonly EncodedTrial[]> {
  const { format } = job.plan
  if (format === 'png') return palette(job, encoder)
  const target = targets[format]
  const scale = qualityScales[format]
  if (target === undefined || scale === undefined) return []
  const score = await scoreByLuma(await job.open())
  const excess = async (image: RenderedImage) =>
    excessOf(await score(await openEncoded(image, format, job.secondsLeft())), image, target.aim)
  const trials = await searchQuality(
    quality => encoder.encodeAt(quality, scale, excess),
    {
      scale,
      range: target.range,
      target: targetExcess,
      slope: usualSlope,
      maxTrials,
      hasTimeLeft: encoder.hasTimeLeft,
    },
    scale.start,
  )
  const good = trials.filter(trial => trial.excess >= targetExcess[0])
  const best = good.length > 0 ? good.reduce(smaller) : trials.reduce(closer)
  return [best, ...trials.filter(trial => trial !== best)]
}

/**
 * How much better than necessary a picture was written. Its distortion (1 − SSIM) may be the larger the more bytes a
 * pixel takes, in proportion to their square root: detail hides what would be seen in a smooth picture, and in the sum
 * over many pictures the same mean SSIM costs fewer bytes. In natural logarithms.
 */
function excessOf(ssim: number, { data, width, height }: RenderedImage, aim: number): number {
  const distortion = Math.log(Math.max(1 - ssim, 1e-5))
  return aim + 0.5 * Math.log(data.length / (width * height)) - distortion
}

const smaller = <T extends EncodedTrial>(best: T, one: T) =>
  one.image.data.length < best.image.data.length ? one : best
const closer = <T extends { readonly excess: number }>(best: T, one: T) =>
  one.excess > best.excess ? one : best

/** A palette, if nobody can tell. */
async function palette(job: EncodeJob, encoder: TrialEncoder): Promise<readonly EncodedTrial[]> {
  const image = await encoder.encode({ colors: 256 })
  const score = await scoreByChannel(await job.open())
  const alike = await score(await openEncoded(image, 'png', job.secondsLeft()))
  return alike >= unseen ? [{ quality: 100, image }] : []
}
