import type { FastifyInstance } from 'fastify'
import { withoutSignature } from '../../telemetry/logger.ts'
import { elapsedMs } from '../derivative-responder.ts'

/**
 * Logs one line per request, with the request id and without the URL's signature. Hits of prepared responses are not
 * logged, and other derivatives are logged by `derivative-responder.ts`: they are answered before routing.
 */
export default function logRequests(server: FastifyInstance): void {
  server.addHook('onResponse', async (request, reply) => {
    const ms = elapsedMs(request.raw, reply)
    request.log.info(
      {
        method: request.method,
        url: withoutSignature(request.originalUrl),
        status: reply.statusCode,
        ms: Math.round(ms * 10) / 10,
      },
      'request completed',
    )
  })
}
