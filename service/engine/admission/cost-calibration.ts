import type { OutputFormat } from '../../plan/formats.ts'

/** How often something must have been seen before it counts. */
const samples = 5
/** What a new sample weighs: the last twenty or so decide. */
const weight = 0.1
/** How many times slower or faster than usual one sample may count: one that was held up says little. */
const outlier = 3
/** What is beyond these is no machine, but a mistake in the estimate. */
const least = 0.2
const most = 8
/** What is estimated at fewer milliseconds takes mostly what every development takes: it says nothing of others. */
const shortestMs = 5

/** A piece of work as it is estimated, in CPU milliseconds of the machine on which the coefficients were measured. */
export interface CostEstimate {
  readonly costMs: number
  readonly format?: OutputFormat
}

/**
 * How many times longer work takes in this process than estimated: learned from what developments took, by the
 * format that they wrote, as encoders and machines differ. For waiting times and turns only: what a URL may ask for
 * must not depend on the machine.
 */
export class CostCalibration {
  readonly #formats = new Map<OutputFormat, RunningRatio>()
  readonly #all = new RunningRatio()

  /** How many milliseconds it will take; by what other formats took where this one was seen too seldom. */
  expectedMs({ costMs, format }: CostEstimate): number {
    const own = format && this.#formats.get(format)?.value
    return costMs * (own ?? this.#all.value ?? 1)
  }

  /** Takes note of what a development took, without its waiting. */
  record({ costMs, format }: Required<CostEstimate>, tookMs: number): void {
    if (costMs < shortestMs || tookMs <= 0) return
    const own = this.#formats.get(format) ?? new RunningRatio()
    this.#formats.set(format, own)
    for (const ratio of [own, this.#all]) ratio.record(tookMs / costMs)
  }

  /** What is known by now, by format. */
  get factors(): Readonly<Record<string, number>> {
    const seen = [...this.#formats].flatMap(([format, { value }]) =>
      value === undefined ? [] : [[format, value]],
    )
    return Object.fromEntries(seen)
  }
}

/** A mean of ratios, in which twice weighs as much as half: of their logarithms, the later the heavier. */
class RunningRatio {
  readonly #first: number[] = []
  #mean: number | undefined

  get value(): number | undefined {
    return this.#mean === undefined ? undefined : Math.exp(this.#mean)
  }

  record(ratio: number): void {
    const sample = Math.log(bounded(ratio, least, most))
    if (this.#mean !== undefined) {
      this.#mean += weight * bounded(sample - this.#mean, -Math.log(outlier), Math.log(outlier))
      return
    }
    this.#first.push(sample)
    // the middle one: the first of a process may have waited for its code to be read
    if (this.#first.length === samples) this.#mean = this.#first.sort((a, b) => a - b)[(samples - 1) / 2]
  }
}

const bounded = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))
