import type { Developed } from '../write.ts'
import type { Scale } from './scale.ts'
import { seek } from './seek.ts'
import type { Attempt, Writer } from './writer.ts'

/** What fills nine tenths of the budget is not written again for the rest. */
const enough = [Math.log(0.9), 0] as const
const mostWritings = 6

/**
 * Writes a picture with the highest quality that the budget allows.
 * @param known what was written before, too large; nothing of a higher quality is tried
 * @returns the smallest there is when not even the lowest quality fits
 */
export async function shrink(
  budget: number,
  scale: Scale,
  known: readonly Attempt[],
  writer: Writer,
): Promise<Developed> {
  const excess = ({ data }: Developed) => Math.log(data.length / budget)
  const [least, most] = scale.range
  const trials = await seek(
    quality => writer.attempt(quality, scale, excess),
    {
      scale,
      range: [least, Math.min(most, ...known.map(({ quality }) => quality))],
      enough,
      rise: 1,
      limit: known.length + mostWritings,
      mayGoOn: writer.mayGoOn,
    },
    scale.start,
    known.map(attempt => ({ ...attempt, excess: excess(attempt.written) })),
  )
  const fitting = trials.filter(trial => trial.excess <= 0)
  if (fitting.length > 0)
    return fitting.reduce((best, one) => (one.quality > best.quality ? one : best)).written
  const tried = trials.some(({ quality }) => quality === least)
  const last = tried || !writer.mayGoOn() ? [] : [await writer.attempt(least, scale, excess)]
  return [...trials, ...last].reduce((best, one) => (one.excess < best.excess ? one : best)).written
}
