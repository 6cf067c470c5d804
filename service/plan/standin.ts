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
 * Efforts of the final encoding when the URL sets none, the best first. Other formats do not gain from a second
 * encoding. At 400 px AVIF takes 10 times the default's time for up to a quarter fewer bytes. At 800 px JPEG XL takes 3
 * times as long for up to a fifth fewer bytes, or for a higher SSIM; more than effort 5 gains nothing.
 */
const finalEfforts: Readonly<Partial<Record<OutputFormat, readonly number[]>>> = { avif: [4, 3, 2], jxl: [5] }

/** The two renderings of a derivative that is first served as a stand-in. */
export interface StandinPlans {
  /** Rendered while the request waits, with the format's default effort. */
  readonly standin: Plan
  /** Replaces the stand-in later: with the requested effort, rendered from the full original. */
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
  const { rung: _, ...original } = plan
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
