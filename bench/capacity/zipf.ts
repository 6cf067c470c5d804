/**
 * Samples ranks from 1 to `count`, where rank r has a probability proportional to r^-exponent (Zipf's law). Rejection-inversion
 * takes the same time for every count (Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone
 * discrete distributions", 1996).
 */
export class ZipfSampler {
  readonly #count: number
  readonly #exponent: number
  readonly #first: number
  readonly #last: number
  readonly #shift: number

  constructor(count: number, exponent: number) {
    this.#count = count
    this.#exponent = exponent
    this.#first = this.#integral(1.5) - 1
    this.#last = this.#integral(count + 0.5)
    this.#shift = 2 - this.#inverse(this.#integral(2.5) - this.#weight(2))
  }

  /** @param random returns numbers from 0 to below 1 */
  sample(random: () => number): number {
    for (;;) {
      const u = this.#last + random() * (this.#first - this.#last)
      const x = this.#inverse(u)
      const rank = Math.min(this.#count, Math.max(1, Math.floor(x + 0.5)))
      if (rank - x <= this.#shift || u >= this.#integral(rank + 0.5) - this.#weight(rank)) return rank
    }
  }

  #weight(x: number): number {
    return Math.exp(-this.#exponent * Math.log(x))
  }

  /** The integral of the weight, up to a constant. */
  #integral(x: number): number {
    const log = Math.log(x)
    const power = (1 - this.#exponent) * log
    return (Math.abs(power) < 1e-8 ? 1 : Math.expm1(power) / power) * log
  }

  #inverse(x: number): number {
    const power = Math.max(-1, x * (1 - this.#exponent))
    return Math.exp((Math.abs(power) < 1e-8 ? 1 : Math.log1p(power) / power) * x)
  }
}

/** The probability of each rank, the first one first. */
export function zipfShares(count: number, exponent: number): number[] {
  const weights = Array.from({ length: count }, (_, index) => (index + 1) ** -exponent)
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map(weight => weight / sum)
}
