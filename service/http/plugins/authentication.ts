import jwt from '@fastify/jwt'
import type { FastifyInstance } from 'fastify'
import type { Principal } from '../../auth/accounts.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { RouteOptions } from '../parts.ts'

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: { sub: string; role: Principal['role'] }
    user: { sub: string; role: Principal['role'] }
  }
}

/** How long an access token holds, in seconds. */
export const accessTokenSeconds = 3600

/** Every request below `/api/v1` needs a valid access token, before its body is read; login alone does not. */
export default async function authentication(
  server: FastifyInstance,
  { parts }: RouteOptions,
): Promise<void> {
  await server.register(jwt, {
    secret: parts.jwtSecret,
    sign: { algorithm: 'HS256', expiresIn: accessTokenSeconds },
    verify: { algorithms: ['HS256'] },
  })
  server.decorateRequest('principal', null)
  server.addHook('onRequest', async request => {
    const { url = '' } = request.routeOptions
    if (!url.startsWith('/api/v1/') || request.routeOptions.config.public) return
    try {
      const { sub, role } = await request.jwtVerify<{ sub: string; role: Principal['role'] }>()
      request.principal = { userId: sub, role }
    } catch (error) {
      throw new DarkroomError('unauthorized', 'a valid access token is needed: Authorization: Bearer …', {
        cause: error,
      })
    }
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route needs no access token. */
    public?: boolean
  }
}
