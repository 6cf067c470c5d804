import type { FastifyInstance } from 'fastify'
import { type Checks, createReadiness } from '../../telemetry/readiness.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly checks: Checks
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly health: Parts
  }
}

/** `GET /healthz`: the process is running. `GET /readyz`: its dependencies respond. */
export default async function healthRoutes(server: FastifyInstance, parts: Parts): Promise<void> {
  const ready = createReadiness(parts.checks)

  const config = { openapi: {} }
  server.get(
    '/healthz',
    { config, schema: { summary: 'Check that the process is running' } },
    async (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  )

  server.get(
    '/readyz',
    { config, schema: { summary: 'Check that the dependencies respond' } },
    async (_, reply) => {
      await ready()
      return reply.header('cache-control', 'no-store').send({ status: 'ok' })
    },
  )
}
