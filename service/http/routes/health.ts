import type { FastifyInstance } from 'fastify'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { RouteOptions } from '../parts.ts'

/** How long a dependency may take to answer, in milliseconds. */
const checkMs = 3_000
/** How long an answer counts: checking writes to the store, and anybody may ask. In milliseconds. */
const freshMs = 1_000

/** `GET /healthz`: the process lives. `GET /readyz`: what it depends on answers. */
export default async function health(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  let checked: { at: number; result: Promise<void> } | undefined
  const ready = () => {
    if (checked === undefined || Date.now() - checked.at > freshMs) {
      checked = { at: Date.now(), result: checkAll(parts.checks) }
    }
    return checked.result
  }

  server.get('/healthz', async (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }))

  server.get('/readyz', async (_, reply) => {
    await ready()
    return reply.header('cache-control', 'no-store').send({ status: 'ok' })
  })
}

/** @throws DarkroomError `unavailable` that names what does not answer */
async function checkAll(checks: RouteOptions['parts']['checks']): Promise<void> {
  await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await check(AbortSignal.timeout(checkMs))
      } catch (error) {
        throw new DarkroomError('unavailable', `${name} does not answer`, { cause: error })
      }
    }),
  )
}
