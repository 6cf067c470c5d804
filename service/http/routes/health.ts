import type { FastifyInstance } from 'fastify'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { RouteOptions } from '../parts.ts'

/** How long a dependency may take to answer, in milliseconds. */
const checkMs = 3_000

/** `GET /healthz`: the process lives. `GET /readyz`: what it depends on answers. */
export default async function health(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  server.get('/healthz', async (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }))

  server.get('/readyz', async (_, reply) => {
    await Promise.all(
      Object.entries(parts.checks).map(async ([name, check]) => {
        try {
          await check(AbortSignal.timeout(checkMs))
        } catch (error) {
          throw new DarkroomError('unavailable', `${name} does not answer`, { cause: error })
        }
      }),
    )
    return reply.header('cache-control', 'no-store').send({ status: 'ok' })
  })
}
