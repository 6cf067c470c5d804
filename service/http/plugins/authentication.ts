import jwt from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Principal } from '../../auth/accounts.ts'
import { type AccessTokenClaims, createAuthenticator } from '../../auth/authenticator.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { RouteOptions } from '../parts.ts'
import { collectProtectedRoutes, requireAccess } from '../route-access.ts'

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: AccessTokenClaims
    user: AccessTokenClaims
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Who asks, on a route that is for anyone; undefined when he does not prove it. */
    identify(request: FastifyRequest): Promise<Principal | undefined>
  }
}

/** How long an access token holds, in seconds. */
export const accessTokenSeconds = 900

/**
 * Every request below `/api/v1` needs an access token or an API key that may do what its route states, before its body
 * is read. A route that states nothing keeps the server from starting.
 */
export default async function authentication(
  server: FastifyInstance,
  { parts }: RouteOptions,
): Promise<void> {
  await server.register(jwt, {
    secret: parts.jwtSecret,
    sign: { algorithm: 'HS256', expiresIn: accessTokenSeconds },
    verify: { algorithms: ['HS256'] },
  })
  const identify = createAuthenticator(parts, token => readClaims(server.jwt.verify<object>(token)))
  const identifyRequest = async (request: FastifyRequest) => {
    const token = tokenOf(request)
    return token === undefined ? undefined : identify(token)
  }
  server.decorate('identify', identifyRequest)
  server.decorateRequest('principal', null)
  server.decorate('protectedRoutes', collectProtectedRoutes(server))
  server.addHook('onRequest', async request => {
    const { url = '', config } = request.routeOptions
    if (!url.startsWith('/api/v1/') || config.access === 'anyone') return
    const principal = await identifyRequest(request)
    if (principal === undefined)
      throw new DarkroomError(
        'unauthorized',
        'a valid access token or API key is needed: Authorization: Bearer …',
      )
    requireAccess(principal, config)
    request.principal = principal
  })
}

/** Tokens of other kinds, or of older versions, say something else. @throws Error */
function readClaims(payload: object): AccessTokenClaims {
  const known = 'sub' in payload && 'sid' in payload
  if (!known || typeof payload.sub !== 'string' || typeof payload.sid !== 'string')
    throw new Error('not an access token')
  return { sub: payload.sub, sid: payload.sid }
}

function tokenOf(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
}
