import { rungDecodeCostMs } from '../../plan/cost.ts'
import type { OutputFormat } from '../../plan/formats.ts'
import type { Plan } from '../../plan/plan.ts'
import type { RenderSource } from '../sources/render-source.ts'

/** Samples that are needed before a ratio counts. */
const samples = 5
/** Weight of a new sample: about the last twenty samples count. */
const weight = 0.1
/** Largest factor by which one sample may differ from the mean. A delayed render says little about the others. */
const outlier = 3
/** Weight of a new sample in the usual ratio: about the last two hundred samples count. */
const usualWeight = 0.01
/**
 * Largest factor by which the mean may exceed the usual ratio. Renders take longer while something else uses the machine,
 * and requests that could be answered would be refused if the estimates followed at once.
 */
const runaway = 2
/** Bounds of a ratio. Values beyond them come from a wrong estimate, not from the machine. */
const least = 0.2
const most = 8
/** Estimates below this consist mostly of a render's fixed overhead and say nothing about others. */
const shortestMs = 5

/** Estimated work, in CPU milliseconds of the machine on which the cost model was measured. */
export interface CostEstimate {
  readonly costMs: number
  readonly format?: OutputFormat
}

/**
 * Corrects estimates for this process: how many times longer renders take than estimated, per output format, as
 * encoders and machines differ. Only for waiting times and scheduling: what a URL may request must not depend on the
 * machine.
 */
export class CostCalibration {
  readonly #formats = new Map<OutputFormat, RunningRatio>()
  readonly #all = new RunningRatio()

  /** The expected milliseconds. A format with too few samples uses the ratio of all formats. */
  expectedMs({ costMs, format }: CostEstimate): number {
    const own = format && this.#formats.get(format)?.value
    return costMs * (own ?? this.#all.value ?? 1)
  }

  /** Records how long a render took, without the time it was queued. */
  record({ costMs, format }: Required<CostEstimate>, tookMs: number): void {
    if (costMs < shortestMs || tookMs <= 0) return
    const own = this.#formats.get(format) ?? new RunningRatio()
    this.#formats.set(format, own)
    for (const ratio of [own, this.#all]) ratio.record(tookMs / costMs)
  }

  /** The known ratios by format. */
  get factors(): Readonly<Record<string, number>> {
    const seen = [...this.#formats].flatMap(([format, { value }]) =>
      value === undefined ? [] : [[format, value]],
    )
    return Object.fromEntries(seen)
  }
}

/** The estimate for the part of a plan that was done with this source. */
export function estimateOf(plan: Plan, { pixelsOf }: RenderSource): Required<CostEstimate> {
  const { costMs, format, rung, sharedCopy } = plan
  // if the copy could not be read, the original was decoded instead
  if (!pixelsOf) return { format, costMs: costMs + ((rung ?? sharedCopy)?.savedMs ?? 0) }
  // decoding a rung is separate work, and decoding a shared copy is no part of the plan's cost
  return { format, costMs: rung ? costMs - rungDecodeCostMs(rung, rung.format) : costMs }
}

/** A moving mean of ratios, in logarithms, so that twice and half weigh the same. Later samples weigh more. */
class RunningRatio {
  readonly #first: number[] = []
  #mean: number | undefined
  #usual = 0

  get value(): number | undefined {
    return this.#mean === undefined
      ? undefined
      : Math.exp(Math.min(this.#mean, this.#usual + Math.log(runaway)))
  }

  record(ratio: number): void {
    const sample = Math.log(bounded(ratio, least, most))
    if (this.#mean !== undefined) {
      this.#usual += usualWeight * (sample - this.#usual)
      this.#mean += weight * bounded(sample - this.#mean, -Math.log(outlier), Math.log(outlier))
      return
    }
    this.#first.push(sample)
    // the median, as the first render of a process may include loading its code
    if (this.#first.length < samples) return
    this.#mean = this.#first.sort((a, b) => a - b)[(samples - 1) / 2] ?? 0
    // a process may start in a burst, so its first renders are trusted by half, in logarithms
    this.#usual = this.#mean / 2
  }
}

const bounded = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
