import type { FastifyInstance } from 'fastify'
import { withoutSignature } from '../../telemetry/logger.ts'

/** One line a request, with its id and without its signature. Hits from memory never come here. */
export default async function logging(server: FastifyInstance): Promise<void> {
  server.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        method: request.method,
        url: withoutSignature(request.originalUrl),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'answered',
    )
  })
}
