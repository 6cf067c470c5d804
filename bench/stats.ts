/** The median: the middle value, or the mean of the two middle values; NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const pair = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return pair.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0) / 2
}

/** The smallest value for which at least this share of the values is not larger (nearest rank); NaN for none. */
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

/** The slope of the line through points (least squares), and its standard error; NaN for fewer than three points. */
export function slopeOf(xs: readonly number[], ys: readonly number[]): { slope: number; error: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length
  const [meanX, meanY] = [mean(xs), mean(ys)]
  const points = xs.map((x, index) => ({ x: x - meanX, y: (ys[index] ?? Number.NaN) - meanY }))
  const squares = points.reduce((sum, { x }) => sum + x * x, 0)
  const slope = points.reduce((sum, { x, y }) => sum + x * y, 0) / squares
  const rest = points.reduce((sum, { x, y }) => sum + (y - slope * x) ** 2, 0)
  return { slope, error: Math.sqrt(rest / (points.length - 2) / squares) }
}
