import { Histogram, type Registry } from 'prom-client'

/** Counts durations in one set of buckets. */
export interface Timer {
  /** Records a duration in milliseconds. It allocates nothing and takes some ten nanoseconds. */
  record(ms: number): void
}

interface TimingsOptions {
  readonly name: string
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds in seconds, ascending. */
  readonly buckets: readonly number[]
  readonly registers: Registry[]
}

/**
 * A histogram for durations. One of prom-client takes about a microsecond to record a value, which is too much for
 * hits, so the counts are kept here and printed at each scrape.
 */
export class Timings extends Histogram {
  readonly #series = new Map<string, BucketCounts>()
  readonly #facts: TimingsOptions
  readonly #boundsMs: Float64Array

  constructor(facts: TimingsOptions) {
    const { name, help, labels, buckets, registers } = facts
    super({ name, help, labelNames: [...labels], buckets: [...buckets], registers })
    this.#facts = facts
    this.#boundsMs = Float64Array.from(buckets, seconds => seconds * 1000)
    if (labels.length === 0) this.timer()
  }

  /** The counts for these values of the labels, in the order of the labels. */
  timer(...values: readonly string[]): Timer {
    const key = values.join('\n')
    let counts = this.#series.get(key)
    if (counts === undefined) {
      counts = new BucketCounts(this.#boundsMs, values)
      this.#series.set(key, counts)
    }
    return counts
  }

  /** prom-client calls this for its text, and for its JSON. */
  getForPromString() {
    const { name, help, labels, buckets } = this.#facts
    const values = [...this.#series.values()].flatMap(series => {
      const entries = labels.map((label, index) => [label, series.values[index] ?? ''])
      const sharedLabels = Object.fromEntries(entries)
      const row = (suffix: string, value: number, ownLabels = {}) => ({
        ...{ metricName: `${name}_${suffix}`, labels: ownLabels, sharedLabels, value },
      })
      let sum = 0
      const rows = [...buckets, '+Inf'].map((le, index) => {
        sum += series.counts[index] ?? 0
        return row('bucket', sum, { le })
      })
      return [...rows, row('sum', series.sumMs / 1000), row('count', sum)]
    })
    return { name, help, type: 'histogram', aggregator: 'sum', values }
  }
}

class BucketCounts implements Timer {
  /** One for each bound, and one for longer durations. */
  readonly counts: Float64Array
  readonly values: readonly string[]
  readonly #boundsMs: Float64Array
  /** In an array, where adding to it allocates nothing. */
  readonly #sum = new Float64Array(1)

  constructor(boundsMs: Float64Array, values: readonly string[]) {
    this.counts = new Float64Array(boundsMs.length + 1)
    this.values = values
    this.#boundsMs = boundsMs
  }

  get sumMs(): number {
    return this.#sum[0] ?? 0
  }

  record(ms: number): void {
    const bounds = this.#boundsMs
    let index = 0
    while (index < bounds.length && ms > (bounds[index] as number)) index++
    this.counts[index] = (this.counts[index] as number) + 1
    this.#sum[0] = (this.#sum[0] as number) + ms
  }
}
