import type { FastifyInstance } from 'fastify'
import { withoutSignature } from '../../telemetry/logger.ts'

/**
 * Logs one line per request, with the request id and without the URL's signature. Hits from memory are not logged: they
 * are answered before routing.
 */
export default function logRequests(server: FastifyInstance): void {
  server.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        url: withoutSignature(request.originalUrl),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request completed',
    )
  })
}
