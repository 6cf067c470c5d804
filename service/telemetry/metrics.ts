import { createServer, type Server } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import Type from 'typebox'
import { DarkroomError } from '../errors/catalogue.ts'

/** The variables of the metrics listener. */
export const metricsConfig = Type.Object({
  DARKROOM_METRICS_PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 9091,
    description: 'port of the Prometheus listener on HOST; 0 turns it off',
  }),
})

/** The metrics of one process. */
export interface Metrics {
  /** Counts a delivered derivative by the tier it came from; `fallback` for a fallback image. */
  delivered(tier: string): void
  /** Counts an error response by its code. */
  failed(code: string): void
  /** Records the duration of a render, in milliseconds. */
  countRender(format: string, ms: number): void
  /** Counts what a render reads: `original`, `rung` or `shared-copy`. */
  countSource(source: string): void
  /** Counts an attempt at a job by its outcome: `done`, `again`, `waiting`, `failed` or `parked`. */
  jobEnded(name: string, outcome: string): void
  /** Registers a gauge that calls `read` at each scrape. */
  watch(name: string, help: string, read: () => number): void
  /** Registers a gauge with one labelled value for each entry that `read` returns; none when it rejects. */
  watchEach(
    name: string,
    help: string,
    read: () => Promise<Readonly<Record<string, number>>>,
    label?: string,
  ): void
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>
}

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
  const errors = new Counter({
    name: 'darkroom_errors_total',
    help: 'Error responses, by problem code',
    labelNames: ['code'],
    registers,
  })
  const renders = new Histogram({
    name: 'darkroom_development_seconds',
    help: 'Duration of renders in the engine, without queueing',
    labelNames: ['format'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const sources = new Counter({
    name: 'darkroom_sources_total',
    help: 'Sources that renders read: the original, a rung of its ladder, or a copy that renders share',
    labelNames: ['source'],
    registers,
  })
  const jobs = new Counter({
    name: 'darkroom_jobs_total',
    help: 'Attempts at jobs, by outcome',
    labelNames: ['name', 'outcome'],
    registers,
  })
  return {
    delivered: countDeliveries(registers),
    failed: code => errors.inc({ code }),
    countRender: (format, ms) => renders.observe({ format }, ms / 1000),
    countSource: source => sources.inc({ source }),
    jobEnded: (name, outcome) => jobs.inc({ name, outcome }),
    watchEach(name, help, read, label = 'name') {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers,
        async collect() {
          this.reset()
          const values = await read().catch(() => ({}))
          for (const [each, value] of Object.entries(values)) this.set({ [label]: each }, value)
        },
      })
    },
    watch(name, help, read) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read())
        },
      })
    },
    text: async () => `${await ofProcess.metrics()}\n${await registry.metrics()}`,
  }
}

/** Registers the counter of deliveries. It is added to at each scrape, as that costs more than a hit from memory may. */
function countDeliveries(registers: Registry[]): Metrics['delivered'] {
  const uncounted = new Map<string, number>()
  new Counter({
    name: 'darkroom_deliveries_total',
    help: 'Derivatives delivered, by the tier they came from',
    labelNames: ['tier'],
    registers,
    collect() {
      for (const [tier, count] of uncounted) this.inc({ tier }, count)
      uncounted.clear()
    },
  })
  return tier => uncounted.set(tier, (uncounted.get(tier) ?? 0) + 1)
}

/**
 * Creates the listener for `/metrics`, separate from the public one. It also answers `/healthz` and `/readyz`, for
 * processes without a public listener; `ready` rejects while a dependency does not answer.
 */
export function createMetricsServer(metrics: Metrics, ready: () => Promise<void>): Server {
  const routes: Readonly<Record<string, () => Promise<string>>> = {
    '/metrics': () => metrics.text(),
    '/healthz': async () => 'ok\n',
    '/readyz': () => ready().then(() => 'ok\n'),
  }
  const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' }
  return createServer(async ({ url = '' }, response) => {
    const route = Object.hasOwn(routes, url) ? routes[url] : undefined
    if (route === undefined) {
      response.writeHead(404).end()
      return
    }
    try {
      const text = await route()
      response.writeHead(200, headers).end(text)
    } catch (error) {
      response.writeHead(error instanceof DarkroomError ? error.status : 500, headers).end()
    }
  })
}
