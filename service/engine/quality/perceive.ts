import type { OutputFormat } from '../../plan/formats.ts'
import type { Developed } from '../write.ts'
import { reopen } from './reopen.ts'
import { scales } from './scale.ts'
import { scoreByChannel, scoreByLuma } from './score.ts'
import { seek } from './seek.ts'
import type { Attempt, Work, Writer } from './writer.ts'

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
const enough = [-0.2, 0.2] as const
/** How the excess grows with the logarithm of bytes, on ordinary pictures. */
const rise = 1.7
const mostWritings = 4

/** A palette is as good as all colours from here on, in every channel. */
const unseen = 0.998

/**
 * Looks for the quality at which a picture looks right.
 * @returns all that was written, the best first; nothing where the format's default is what there is
 */
export async function perceive(work: Work, writer: Writer): Promise<readonly Attempt[]> {
  const { format } = work.plan
  if (format === 'png') return palette(work, writer)
  const target = targets[format]
  const scale = scales[format]
  if (target === undefined || scale === undefined) return []
  const score = await scoreByLuma(await work.open())
  const excess = async (written: Developed) =>
    excessOf(await score(await reopen(written, format, work.secondsLeft())), written, target.aim)
  const trials = await seek(
    quality => writer.attempt(quality, scale, excess),
    { scale, range: target.range, enough, rise, limit: mostWritings, mayGoOn: writer.mayGoOn },
    scale.start,
  )
  const good = trials.filter(trial => trial.excess >= enough[0])
  const best = good.length > 0 ? good.reduce(lighter) : trials.reduce(closer)
  return [best, ...trials.filter(trial => trial !== best)]
}

/**
 * How much better than necessary a picture was written. Its distortion (1 − SSIM) may be the larger the more bytes a
 * pixel takes, in proportion to their square root: detail hides what would be seen in a smooth picture, and in the sum
 * over many pictures the same mean SSIM costs fewer bytes. In natural logarithms.
 */
function excessOf(ssim: number, { data, width, height }: Developed, aim: number): number {
  const distortion = Math.log(Math.max(1 - ssim, 1e-5))
  return aim + 0.5 * Math.log(data.length / (width * height)) - distortion
}

const lighter = <T extends Attempt>(best: T, one: T) =>
  one.written.data.length < best.written.data.length ? one : best
const closer = <T extends { readonly excess: number }>(best: T, one: T) =>
  one.excess > best.excess ? one : best

/** A palette, if nobody can tell. */
async function palette(work: Work, writer: Writer): Promise<readonly Attempt[]> {
  const written = await writer.write({ colors: 256 })
  const score = await scoreByChannel(await work.open())
  const alike = await score(await reopen(written, 'png', work.secondsLeft()))
  return alike >= unseen ? [{ quality: 100, written }] : []
}
