import type { FastifyInstance } from 'fastify'
import { createReadiness } from '../../telemetry/readiness.ts'
import type { RouteOptions } from '../parts.ts'

/** `GET /healthz`: the process lives. `GET /readyz`: what it depends on answers. */
export default async function health(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const ready = createReadiness(parts.checks)

  const shown = { config: { openapi: {} } }
  server.get('/healthz', shown, async (_, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  )

  server.get('/readyz', shown, async (_, reply) => {
    await ready()
    return reply.header('cache-control', 'no-store').send({ status: 'ok' })
  })
}
