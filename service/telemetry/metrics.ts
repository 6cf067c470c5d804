import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import {
  type CounterName,
  type HistogramName,
  type MetricFacts,
  metricCatalogue,
  type WatchedName,
} from './catalogue.ts'
import { type Timer, Timings } from './timings.ts'

/** The route of derivatives, as the counter of requests names it. */
export const derivativeRoute = '/processed/'

/** The metrics of one process. Their names and meanings are in `catalogue.ts`. */
export interface Metrics {
  /**
   * Counts a delivered derivative by the tier it came from; `fallback` for a fallback image. `ms` is the time to answer.
   * It runs for every hit, so it allocates nothing.
   */
  delivered(tier: string, isNotModified: boolean, ms: number, isHeavy?: boolean): void
  /** Counts any other response. `route` is its pattern; `kind` is left out where the time says nothing. */
  responded(route: string, status: number, ms: number, kind?: 'upload' | 'api'): void
  /** Counts an error response by its code. */
  failed(code: string): void
  /** Records the duration of a render, and how long it waited for a slot, in milliseconds. */
  countRender(format: string, ms: number, queuedMs: number): void
  /** Counts what a render reads: `original`, `rung` or `shared-copy`. */
  countSource(source: string): void
  /** Counts an attempt at a job by its outcome: `done`, `again`, `waiting`, `failed` or `parked`. */
  jobEnded(name: string, outcome: string): void
  /** Adds one to a counter. */
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>): void
  /** The durations of a histogram for these values of its labels, in the order of the catalogue. */
  timer(name: HistogramName, ...values: readonly string[]): Timer
  /** Registers a metric without labels that calls `read` at each scrape. */
  watch(name: WatchedName, read: () => number): void
  /** The same for a value that takes a moment to read. The metric has no value when `read` rejects. */
  watchLater(name: WatchedName, read: () => Promise<number>): void
  /** Registers a metric with one value of its label for each entry that `read` returns; none when it rejects. */
  watchEach(name: WatchedName, read: () => Promise<Readonly<Record<string, number>>>): void
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>
  /** All metrics as values. */
  snapshot(): Promise<readonly MetricSnapshot[]>
}

/** The values of a metric. A histogram has those of its buckets, counted up to each bound, its sum and its count. */
export interface MetricSnapshot {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly values: readonly {
    readonly value: number
    readonly labels: Readonly<Record<string, string | number>>
    readonly metricName?: string
  }[]
}

type LabelsOf<Name extends CounterName> = Readonly<
  Record<(typeof metricCatalogue)[Name]['labels'][number], string>
>

/**
 * The metrics of the process itself. All services of a process share them, because collecting them starts a timer and an
 * observer that never end and that would keep each closed service in memory.
 */
let processMetrics: Registry | undefined

function openProcessMetrics(): Registry {
  if (processMetrics === undefined) {
    processMetrics = new Registry()
    collectDefaultMetrics({ register: processMetrics })
  }
  return processMetrics
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const ofProcess = openProcessMetrics()
  const counters = new Map<string, Counter>()
  const timings = new Map<string, Timings>()
  const tallies = new Map<string, Tally>()
  for (const [name, facts] of Object.entries<MetricFacts>(metricCatalogue)) {
    const { type, help, labels } = facts
    if (type === 'histogram') timings.set(name, new Timings({ name, ...facts, registers }))
    // a counter that is read at each scrape is registered by `watch`
    else if (type === 'counter' && labels.length > 0) {
      const collect = collectorOf(name, tallies)
      counters.set(name, new Counter({ name, help, labelNames: [...labels], registers, ...collect }))
    }
  }
  const timer = (name: HistogramName, ...values: readonly string[]): Timer => {
    const found = timings.get(name)
    if (found === undefined) throw new Error(`there is no histogram ${name}`)
    return found.timer(...values)
  }
  const count: Metrics['count'] = (name, labels) => counters.get(name)?.inc(labels)
  const watched = (name: WatchedName, collect: (metric: Gauge | Counter) => void | Promise<void>) => {
    const { type, help, labels, aggregator = 'sum' }: MetricFacts = metricCatalogue[name]
    const options = { name, help, labelNames: [...labels], registers, aggregator }
    if (type === 'counter')
      new Counter({
        ...options,
        collect() {
          return collect(this)
        },
      })
    else
      new Gauge({
        ...options,
        collect() {
          return collect(this)
        },
      })
  }
  const kinds = { upload: timer('darkroom_upload_seconds'), api: timer('darkroom_api_seconds') }
  const engineWait = timer('darkroom_engine_wait_seconds')
  return {
    delivered: createDelivered(tallies, timer),
    responded(route, status, ms, kind) {
      count('darkroom_requests_total', { route, status: String(status), tier: '' })
      if (kind) kinds[kind].record(ms)
    },
    failed: code => count('darkroom_errors_total', { code }),
    countRender(format, ms, queuedMs) {
      timer('darkroom_development_seconds', format).record(ms)
      engineWait.record(queuedMs)
    },
    countSource: source => count('darkroom_sources_total', { source }),
    jobEnded: (name, outcome) => count('darkroom_jobs_total', { name, outcome }),
    count,
    timer,
    watchEach(name, read) {
      const [label = 'name'] = metricCatalogue[name].labels
      watched(name, async metric => {
        metric.reset()
        const values = await read().catch(() => ({}))
        for (const [each, value] of Object.entries(values)) metric.inc({ [label]: each }, value)
      })
    },
    watchLater(name, read) {
      watched(name, async metric => {
        const value = await read().catch(() => undefined)
        metric.reset()
        if (value === undefined) metric.remove()
        else metric.inc(value)
      })
    },
    watch(name, read) {
      watched(name, metric => {
        metric.reset()
        metric.inc(read())
      })
    },
    snapshot: async () =>
      (
        await Promise.all([ofProcess, registry].map(each => each.getMetricsAsJSON()))
      ).flat() as unknown as MetricSnapshot[],
    text: async () => `${await ofProcess.metrics()}\n${await registry.metrics()}`,
  }
}

/** The deliveries of a tier. They are added to the counters at each scrape, as that costs more than a hit may. */
interface Tally {
  readonly timer: Timer
  /** Since the start. */
  ok: number
  notModified: number
  /** What the counters have. */
  readonly counted: { ok: number; notModified: number; deliveries: number }
}

function createDelivered(
  tallies: Map<string, Tally>,
  timer: (name: HistogramName) => Timer,
): Metrics['delivered'] {
  const hit = timer('darkroom_hit_seconds')
  const cold = timer('darkroom_cold_seconds')
  const heavy = timer('darkroom_heavy_seconds')
  const timerOf: Readonly<Record<string, Timer>> = { memory: hit, store: hit, fallback: heavy }
  return (tier, isNotModified, ms, isHeavy = false) => {
    let tally = tallies.get(tier)
    if (tally === undefined) {
      const counted = { ok: 0, notModified: 0, deliveries: 0 }
      tally = { timer: timerOf[tier] ?? cold, ok: 0, notModified: 0, counted }
      tallies.set(tier, tally)
    }
    if (isNotModified) tally.notModified++
    else tally.ok++
    if (isHeavy) heavy.record(ms)
    else tally.timer.record(ms)
  }
}

/** Adds the deliveries since the last scrape to the two counters that count them. */
function collectorOf(
  name: string,
  tallies: ReadonlyMap<string, Tally>,
): { collect?: (this: Counter) => void } {
  if (name === 'darkroom_deliveries_total')
    return {
      collect() {
        for (const [tier, { ok, notModified, counted }] of tallies) {
          this.inc({ tier }, ok + notModified - counted.deliveries)
          counted.deliveries = ok + notModified
        }
      },
    }
  if (name !== 'darkroom_requests_total') return {}
  return {
    collect() {
      for (const [tier, { ok, notModified, counted }] of tallies) {
        const labels = { route: derivativeRoute, tier }
        if (ok > 0) this.inc({ ...labels, status: '200' }, ok - counted.ok)
        if (notModified > 0) this.inc({ ...labels, status: '304' }, notModified - counted.notModified)
        Object.assign(counted, { ok, notModified })
      }
    },
  }
}
