import jwt from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Principal } from '../../auth/accounts.ts'
import {
  type AccessTokenClaims,
  type AuthenticatorParts,
  createAuthenticator,
} from '../../auth/authenticator.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { collectProtectedRoutes, requireAccess } from '../route-access.ts'

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: AccessTokenClaims
    user: AccessTokenClaims
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The caller on a public route. Undefined without valid credentials. */
    identify(request: FastifyRequest): Promise<Principal | undefined>
  }
}

export interface AuthenticationParts extends AuthenticatorParts {
  /** Signs access tokens. */
  readonly jwtSecret: string
}

/** The lifetime of an access token, in seconds. */
export const accessTokenSeconds = 900

/**
 * Authenticates every request below `/api/v1` by access token or API key and checks the access that its route requires,
 * before the body is read. The server does not start while a route has no `config.access`.
 */
export default async function authentication(
  server: FastifyInstance,
  parts: AuthenticationParts,
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
        'authorization: is missing or invalid, expected "Bearer …" with an access token or API key',
      )
    requireAccess(principal, config)
    request.principal = principal
  })
}

/** Rejects tokens of another kind or of an older version, which have other claims. @throws Error */
function readClaims(payload: object): AccessTokenClaims {
  const hasClaims = 'sub' in payload && 'sid' in payload
  if (!hasClaims || typeof payload.sub !== 'string' || typeof payload.sid !== 'string')
    throw new Error('not an access token')
  return { sub: payload.sub, sid: payload.sid }
}

function tokenOf(request: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
}
