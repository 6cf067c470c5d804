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
    description: 'Prometheus listener on HOST (0 turns it off)',
  }),
})

/** What the service counts about itself. */
export interface Metrics {
  /** A derivative went out; `tier` says where it came from, or `fallback` that it was another picture. */
  delivered(tier: string): void
  /** An error went out. */
  failed(code: string): void
  /** A development ended, after so many milliseconds. */
  developed(format: string, ms: number): void
  /** A job was handed out, and this came of it: `done`, `again`, `failed` or `parked`. */
  jobEnded(name: string, outcome: string): void
  /** Calls `read` whenever the value is asked for. */
  watch(name: string, help: string, read: () => number): void
  /** The same for a value of each name, under this label (`name`); none is told when they cannot be read. */
  watchEach(
    name: string,
    help: string,
    read: () => Promise<Readonly<Record<string, number>>>,
    label?: string,
  ): void
  /** The exposition in Prometheus' text format. */
  text(): Promise<string>
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const deliveries = new Counter({
    name: 'darkroom_deliveries_total',
    help: 'derivatives delivered, by the tier that they came from',
    labelNames: ['tier'],
    registers,
  })
  const errors = new Counter({
    name: 'darkroom_errors_total',
    help: 'errors answered, by code of the catalogue',
    labelNames: ['code'],
    registers,
  })
  const developments = new Histogram({
    name: 'darkroom_development_seconds',
    help: 'time that the engine took for a derivative, without waiting',
    labelNames: ['format'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const jobs = new Counter({
    name: 'darkroom_jobs_total',
    help: 'attempts at jobs, by what came of them',
    labelNames: ['name', 'outcome'],
    registers,
  })
  return {
    delivered: tier => deliveries.inc({ tier }),
    failed: code => errors.inc({ code }),
    developed: (format, ms) => developments.observe({ format }, ms / 1000),
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
    text: () => registry.metrics(),
  }
}

/**
 * Serves `/metrics` on a listener of its own, which is never the public one; for a process without a public one
 * `/healthz` and `/readyz`, too: `ready` rejects when what it depends on does not answer.
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
