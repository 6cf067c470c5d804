import type { OutputFormat } from '../../plan/formats.ts'
import type { Developed } from '../write.ts'
import { keepsPixels } from './fit.ts'
import { reopen } from './reopen.ts'
import { type Scale, scales } from './scale.ts'
import { type Score, scoreByChannel, scoreByLuma } from './score.ts'
import { seek } from './seek.ts'
import { createWriter, type Work, type Writer } from './writer.ts'

/** How much less distortion than the stand-in's is close enough to it, from and to, in natural logarithms. */
const enough = [0, 0.1] as const
/** How the logarithm of distortion falls with that of bytes, on ordinary pictures. */
const rise = 1.2
const mostWritings = 4
/** Below this nobody can tell, and a quotient would be noise. */
const leastDistortion = 1e-5

/**
 * Writes a picture again that has been answered with a stand-in, so that it weighs less and looks no worse: by SSIM
 * against the pixels before any encoding. The quality that was asked for is tried first; where its greater effort costs
 * likeness, others are.
 * @returns undefined where the stand-in is the best there is
 */
export async function improve(work: Work, standin: Developed): Promise<Developed | undefined> {
  const { format, settings } = work.plan
  const writer = createWriter(work)
  const isSmaller = ({ data }: Developed) => data.length < standin.data.length
  if (keepsPixels(format, settings) || isLossless(format, work)) {
    const written = work.lighten(await writer.write())
    return isSmaller(written) ? written : undefined
  }
  const excess = await excessOver(work, standin)
  const written = await trials(work, writer, excess)
  const better = written.filter(trial => trial.excess >= 0 && isSmaller(trial.written))
  return better.length === 0 ? undefined : better.reduce(lighter).written
}

const lighter = <T extends { written: Developed }>(best: T, one: T) =>
  one.written.data.length < best.written.data.length ? one : best

/** Formats that lose nothing unless a quality is named. */
const isLossless = (format: OutputFormat, { plan: { settings } }: Work) =>
  scales[format]?.lossless === true && settings.quality === undefined && settings.maxBytes === undefined

/** By how much less a writing distorts the picture than the stand-in does; 0 when it is as good. */
async function excessOver(work: Work, standin: Developed): Promise<(written: Developed) => Promise<number>> {
  const { format } = work.plan
  const score = await scoreOf(format, work)
  const distortion = async (written: Developed) => {
    const alike = await score(await reopen(written, format, work.secondsLeft()))
    return Math.log(Math.max(1 - alike, leastDistortion))
  }
  const reached = await distortion(standin)
  return async written => reached - (await distortion(written))
}

/** Palettes lose colour before anything else. */
const scoreOf = async (format: OutputFormat, { open }: Work): Promise<Score> =>
  format === 'png' || format === 'gif' ? scoreByChannel(await open()) : scoreByLuma(await open())

interface Written {
  readonly written: Developed
  readonly excess: number
}

async function trials(
  work: Work,
  writer: Writer,
  excess: (written: Developed) => Promise<number>,
): Promise<readonly Written[]> {
  const { format, settings } = work.plan
  const scale = scales[format]
  if (scale === undefined || scale.settings) {
    const written = await writer.write()
    return [{ written, excess: await excess(written) }]
  }
  const asked = typeof settings.quality === 'number' ? settings.quality : scale.start
  return seek(
    quality => writer.attempt(quality, scale, excess),
    { scale, range: rangeAround(asked, scale), enough, rise, limit: mostWritings, mayGoOn: writer.mayGoOn },
    asked,
  )
}

/** What was asked for in words stays near them: the search evens out what effort changes, no more. */
const rangeAround = (quality: number, { range: [least, most] }: Scale) =>
  [Math.max(least, quality - 15), Math.min(most, quality + 15)] as const
