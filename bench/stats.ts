/** The median: the middle value, or the mean of the two middle values; NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const pair = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return pair.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0) / 2
}

/** The smallest value that at least this share of the values does not exceed (nearest rank); NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** Two measurements taken in direct succession, so that other load on the machine affects both. */
export interface Pair<T> {
  readonly darkroom: T
  readonly baseline: T
}

/** Darkroom's value divided by the baseline's, for each pair. */
export function ratios<T>(pairs: readonly Pair<T>[], value: (side: T) => number): number[] {
  return pairs.map(({ darkroom, baseline }) => value(darkroom) / value(baseline))
}

/** The median of each side. */
export function medians<T>(pairs: readonly Pair<T>[], value: (side: T) => number): Pair<number> {
  return {
    darkroom: median(pairs.map(pair => value(pair.darkroom))),
    baseline: median(pairs.map(pair => value(pair.baseline))),
  }
}
