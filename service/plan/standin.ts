import type { OutputSettings } from '../operations/settings.ts'
import { encodeCostMs } from './cost.ts'
import type { OutputFormat } from './formats.ts'
import type { Plan } from './plan.ts'

/**
 * The minimum extra cost of the final encoding, in estimated CPU milliseconds, for which a stand-in is served first.
 */
const minSavingMs = 30
/** The most that one final encoding may cost when the URL sets no effort, in estimated CPU milliseconds. */
const maxFinalEncodingMs = 3_000

/**
 * Efforts of the final encoding when the URL sets none, the best first. Formats that are not listed do not gain from a
 * second encoding. At 400 px, AVIF with effort 4 takes 10 times as long as with its default effort, for up to a quarter
 * fewer bytes. At 800 px, JPEG XL with effort 5 takes 3 times as long as with its default effort, for up to a fifth
 * fewer bytes or a higher SSIM; an effort above 5 gains nothing.
 */
const finalEfforts: Readonly<Partial<Record<OutputFormat, readonly number[]>>> = { avif: [4, 3, 2], jxl: [5] }

/** The two renderings of a derivative that is first served as a stand-in. */
export interface StandinPlans {
  /** Rendered while the request waits, with the format's default effort. */
  readonly standin: Plan
  /**
   * Replaces the stand-in later. It has the effort that the URL sets, or else the best affordable one, and is rendered
   * from the original, not from a rung (a smaller copy).
   */
  readonly final: Plan
}

/**
 * Plans a derivative with an expensive encoding: a stand-in first, the final version later. Undefined when the first
 * response is final: the encoding is cheap, or the result is an animation or has an HDR gain map.
 */
export function planStandin(plan: Plan): StandinPlans | undefined {
  const { format, settings, selection, gainMap, rung, costMs } = plan
  if (selection.frames > 1 || gainMap !== undefined) return undefined
  const { effort: requested, ...ordinary } = settings
  const cost = (settings: OutputSettings) => encodeCostMs(plan, format, settings)
  const effort = requested ?? highestAffordable(finalEfforts[format], effort => cost({ ...ordinary, effort }))
  if (effort === undefined) return undefined
  const finished = { ...ordinary, effort }
  if (cost(finished) - cost(ordinary) < minSavingMs) return undefined
  const rest = costMs - cost(settings)
  const { rung: _, sharedCopy: __, ...original } = plan
  return {
    standin: { ...plan, settings: ordinary, costMs: rest + cost(ordinary) },
    final: { ...original, settings: finished, costMs: rest + (rung?.savedMs ?? 0) + cost(finished) },
  }
}

function highestAffordable(
  efforts: readonly number[] = [],
  costOf: (effort: number) => number,
): number | undefined {
  return efforts.find(effort => costOf(effort) <= maxFinalEncodingMs)
}
