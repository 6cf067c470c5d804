import type { OutputFormat } from '../../plan/formats.ts'
import type { RenderedImage } from '../encode/output.ts'
import { openEncoded } from './open-encoded.ts'
import { qualityScales } from './quality-scale.ts'
import { searchQuality } from './quality-search.ts'
import { scoreByChannel, scoreByLuma } from './similarity.ts'
import type { EncodedTrial, EncodeJob, TrialEncoder } from './trial-encoder.ts'

/** The target of `q-auto` in a format. */
interface Target {
  /** See `excessOf`. */
  readonly aim: number
  /** The quality stays within these bounds whatever the SSIM is, because SSIM is measured without colour. */
  readonly range: readonly [least: number, most: number]
}

/**
 * Fitted on 47 photographs and graphics at 800 pixels, so that the mean SSIM equals that of the fixed default quality.
 * The mean size falls by 2.6 % (jpg), 3.7 % (webp) and 0.3 % (avif), while the worst SSIM goes from 0.923 to 0.953,
 * stays at 0.944, and goes from 0.909 to 0.947, with 1.8, 1.6 and 2.1 encodings per image. The target of jxl is the
 * mean of its default.
 */
const targets: Readonly<Partial<Record<OutputFormat, Target>>> = {
  jpg: { aim: -2.72, range: [55, 88] },
  webp: { aim: -2.27, range: [60, 90] },
  avif: { aim: -2.1, range: [44, 70] },
  jxl: { aim: -2.35, range: [60, 88] },
}

/** A fifth more or less distortion is accepted: it is not visible, and most images need no second encoding. */
const targetExcess = [-0.2, 0.2] as const
/** How the excess grows with the logarithm of bytes on ordinary images. */
const usualSlope = 1.7
const maxTrials = 4

/** From this SSIM in every channel, a palette is as good as full colour. */
const invisibleFrom = 0.998

/**
 * Searches for the quality at which an image reaches the target SSIM.
 * @returns all trials, the best first; none if the format's default applies
 */
export async function searchAutoQuality(
  job: EncodeJob,
  encoder: TrialEncoder,
): Promise<readonly EncodedTrial[]> {
  const { format } = job.plan
  if (format === 'png') return tryPalette(job, encoder)
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
 * How much better than necessary an image was encoded, as a natural logarithm. The accepted distortion (1 − SSIM) grows
 * with the square root of bytes per pixel: detail hides what would be visible in a smooth image, and over many images
 * the same mean SSIM takes fewer bytes.
 */
function excessOf(ssim: number, { data, width, height }: RenderedImage, aim: number): number {
  const distortion = Math.log(Math.max(1 - ssim, 1e-5))
  return aim + 0.5 * Math.log(data.length / (width * height)) - distortion
}

const smaller = <T extends EncodedTrial>(best: T, one: T) =>
  one.image.data.length < best.image.data.length ? one : best
const closer = <T extends { readonly excess: number }>(best: T, one: T) =>
  one.excess > best.excess ? one : best

/** Tries a palette, which is used only if the difference is not visible. */
async function tryPalette(job: EncodeJob, encoder: TrialEncoder): Promise<readonly EncodedTrial[]> {
  const image = await encoder.encode({ colors: 256 })
  const score = await scoreByChannel(await job.open())
  const similarity = await score(await openEncoded(image, 'png', job.secondsLeft()))
  return similarity >= invisibleFrom ? [{ quality: 100, image }] : []
}
