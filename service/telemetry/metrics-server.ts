import { createServer, type Server } from 'node:http'
import Type from 'typebox'
import { DarkroomError } from '../errors/catalogue.ts'
import type { Metrics } from './metrics.ts'

/** The variables of the metrics listener. */
export const metricsConfig = Type.Object({
  DARKROOM_METRICS_PORT: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 9091,
    description: 'port of the Prometheus listener on HOST; 0 turns it off',
  }),
})

/**
 * Creates the listener for `/metrics`, separate from the public one. It also answers `/healthz` and `/readyz`, for
 * processes without a public listener; `ready` rejects while a dependency does not answer.
 */
export function createMetricsServer(metrics: Pick<Metrics, 'text'>, ready: () => Promise<void>): Server {
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
