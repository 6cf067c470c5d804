import type { FastifyInstance } from 'fastify'
import { createReadiness } from '../../telemetry/readiness.ts'
import type { RouteOptions } from '../parts.ts'

/** `GET /healthz`: the process lives. `GET /readyz`: what it depends on answers. */
export default async function health(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const ready = createReadiness(parts.checks)

  server.get('/healthz', async (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }))

  server.get('/readyz', async (_, reply) => {
    await ready()
    return reply.header('cache-control', 'no-store').send({ status: 'ok' })
  })
}
