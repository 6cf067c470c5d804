import { logBytesAt, type QualityScale, qualityAt } from './quality-scale.ts'

/** One encoding, and how far it lies above (or, negative, below) the target. */
export interface Trial {
  readonly quality: number
  /** Grows with quality. */
  readonly excess: number
}

/** Parameters of a search. */
export interface QualitySearch {
  readonly scale: QualityScale
  /** The lowest and highest quality that may be tried. */
  readonly range: readonly [least: number, most: number]
  /** The range of excess that is accepted. */
  readonly target: readonly [from: number, to: number]
  /** How much the excess grows on an ordinary image when `logBytesAt` grows by 1. */
  readonly slope: number
  /** Maximum number of trials, including known ones. */
  readonly maxTrials: number
  /** Called before each further trial. */
  readonly hasTimeLeft: () => boolean
}

/**
 * Searches for a quality whose excess is within the target, in few trials. The first guess comes from the format's
 * usual curve, further ones from the line through the last two trials (regula falsi), always within the range that is
 * still open.
 * @param start the quality to try first, unless trials are already `known`
 * @returns all trials, known ones first; the caller chooses among them
 */
export async function searchQuality<T extends Trial>(
  attempt: (quality: number) => Promise<T>,
  search: QualitySearch,
  start: number,
  known: readonly T[] = [],
): Promise<readonly T[]> {
  const trials = [...known]
  let quality = trials.length > 0 ? nextQuality(trials, search) : start
  while (quality !== undefined) {
    trials.push(await attempt(quality))
    quality = nextQuality(trials, search)
  }
  return trials
}

/** The next quality to try; undefined when the search has ended. */
function nextQuality(trials: readonly Trial[], search: QualitySearch): number | undefined {
  const [from, to] = search.target
  if (trials.some(({ excess }) => excess >= from && excess <= to)) return undefined
  if (trials.length >= search.maxTrials || !search.hasTimeLeft()) return undefined
  const tooLow = trials.filter(({ excess }) => excess < from).map(({ quality }) => quality)
  const tooHigh = trials.filter(({ excess }) => excess > to).map(({ quality }) => quality)
  const least = Math.max(search.range[0], ...tooLow.map(quality => quality + 1))
  const most = Math.min(search.range[1], ...tooHigh.map(quality => quality - 1))
  if (least > most) return undefined
  return Math.min(most, Math.max(least, Math.round(guess(trials, search))))
}

/**
 * Guesses the next quality along the line through the last two trials, or along the usual slope after one trial. It
 * aims slightly inside the target.
 */
function guess(
  trials: readonly Trial[],
  { scale, target: [from, to], slope: usualSlope }: QualitySearch,
): number {
  const [before, last] = trials.slice(-2)
  if (before === undefined) return scale.start
  const latest = last ?? before
  const margin = (to - from) / 4
  const wanted = latest.excess > to ? to - margin : from + margin
  const at = logBytesAt(scale, latest.quality)
  const run = at - logBytesAt(scale, before.quality)
  const slope = run === 0 ? usualSlope : (latest.excess - before.excess) / run
  // a slope far from the usual one is noise or a bend in the curve, and would mislead the search
  return qualityAt(
    scale,
    at + (wanted - latest.excess) / Math.min(3 * usualSlope, Math.max(usualSlope / 3, slope)),
  )
}
