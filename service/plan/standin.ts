import type { OutputSettings } from '../operations/settings.ts'
import { encodeCostMs } from './cost.ts'
import type { OutputFormat } from './formats.ts'
import type { Plan } from './plan.ts'

/** How much dearer the asked-for encoding must be, in estimated CPU milliseconds, before a first answer goes without it. */
const worthwhileMs = 30
/** What one writing of a finished picture may take where nobody asked for an effort, in estimated CPU milliseconds. */
const affordableMs = 3_000

/**
 * What a format is finished with where the URL names no effort, the best first; other formats are as good as they get
 * at once. At 400 px AVIF takes 10 times the default's time for up to a quarter fewer bytes.
 */
const finishingEfforts: Readonly<Partial<Record<OutputFormat, readonly number[]>>> = { avif: [4, 3, 2] }

/** The two developments of a picture that is first answered with a stand-in. */
export interface StandinPlans {
  /** What a request waits for: the same picture, written with the format's ordinary effort. */
  readonly standin: Plan
  /** What takes its place later: written with the effort that was asked for, of all pixels of the original. */
  readonly final: Plan
}

/**
 * How a picture whose encoding is expensive is made: a stand-in first, the final behind it. Undefined where the first
 * answer is final: the encoding is cheap, it is an animation, or an HDR gain map comes with it.
 */
export function planStandin(plan: Plan): StandinPlans | undefined {
  const { format, settings, selection, gainMap, rung, costMs } = plan
  if (selection.frames > 1 || gainMap !== undefined) return undefined
  const { effort: asked, ...ordinary } = settings
  const cost = (settings: OutputSettings) => encodeCostMs(plan, format, settings)
  const effort = asked ?? affordable(finishingEfforts[format], effort => cost({ ...ordinary, effort }))
  if (effort === undefined) return undefined
  const finished = { ...ordinary, effort }
  if (cost(finished) - cost(ordinary) < worthwhileMs) return undefined
  const rest = costMs - cost(settings)
  const { rung: _, ...original } = plan
  return {
    standin: { ...plan, settings: ordinary, costMs: rest + cost(ordinary) },
    final: { ...original, settings: finished, costMs: rest + (rung?.savedMs ?? 0) + cost(finished) },
  }
}

function affordable(efforts: readonly number[] = [], costOf: (effort: number) => number): number | undefined {
  return efforts.find(effort => costOf(effort) <= affordableMs)
}
