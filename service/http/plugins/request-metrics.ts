import type { FastifyInstance, FastifyRequest } from 'fastify'
import { derivativeRoute, type Metrics } from '../../telemetry/metrics.ts'
import { nameRoute } from '../../telemetry/tracing.ts'
import { hasBody } from '../body-framing.ts'
import { elapsedMs } from '../derivative-responder.ts'

/** Counts the responses of the router, by the patterns of their routes, which are few whatever clients send. */
export default function countRequests(server: FastifyInstance, metrics: Pick<Metrics, 'responded'>): void {
  server.addHook('onResponse', async (request, reply) => {
    const { statusCode: status } = reply
    const route = request.routeOptions.url ?? 'none'
    nameRoute(request.raw, route)
    // derivatives are counted as they are sent, with their tiers, since most do not come here
    if (route === derivativeRoute && (status === 200 || status === 304)) return
    metrics.responded(route, status, elapsedMs(request.raw, reply), kindOf(request))
  })
}

/** The histogram of a request. Requests with a body and a deadline of their own are uploads and imports. */
function kindOf({
  routeOptions: { url = '', config },
  headers,
}: FastifyRequest): 'upload' | 'api' | undefined {
  if (!url.startsWith('/api/')) return undefined
  return config.deadlineMs !== undefined && hasBody(headers) ? 'upload' : 'api'
}
