import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type from 'typebox'
import type { AuditLog } from '../../auth/audit-log.ts'
import type { OpenSession, Sessions } from '../../auth/sessions.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { actorOf, clientInfoOf } from '../client-info.ts'
import { accessTokenSeconds } from '../plugins/authentication.ts'
import { requirePrincipal } from '../principal.ts'
import { readRefreshCookie, serializeRefreshCookie } from '../refresh-cookie.ts'
import { requireSameOrigin } from '../same-origin.ts'
import { noNul } from '../schemas/text.ts'
import { RoleSchema } from '../schemas/user.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly sessions: Sessions
  readonly audit: AuditLog
  readonly publicUrl: string
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly auth: Parts
  }
}

const Credentials = Type.Object(
  { email: Type.String({ maxLength: 320, pattern: noNul }), password: Type.String({ maxLength: 200 }) },
  { additionalProperties: false },
)

const Session = Type.Object({
  accessToken: Type.String({ description: 'JWT for the header Authorization' }),
  tokenType: Type.Literal('Bearer'),
  expiresIn: Type.Integer({ description: 'lifetime of the access token, in seconds' }),
  user: Type.Object({
    id: Type.String(),
    email: Type.String(),
    role: RoleSchema,
    presetsOnly: Type.Boolean({ description: 'whether image URLs may only use presets' }),
  }),
})

const publicRoute = { config: { access: 'anyone' as const } }

/**
 * Sessions: `POST /api/v1/auth/login`, `refresh` with the cookie that it sets, `logout` with the cookie or an access
 * token, and `logout-everywhere` with an access token.
 */
export default async function authRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  addLogin(instance, parts)
  addLogout(instance, parts)
}

function addLogin(instance: FastifyInstance, { sessions, publicUrl }: Parts): void {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.post(
    '/api/v1/auth/login',
    { ...publicRoute, schema: { summary: 'Log in', body: Credentials, response: { 200: Session } } },
    async (request, reply) => {
      const { email, password } = request.body
      const session = await sessions.open(email, password, clientInfoOf(request, reply))
      return sendSession(reply, session, publicUrl)
    },
  )

  server.post(
    '/api/v1/auth/refresh',
    { ...publicRoute, schema: { summary: 'Refresh an access token', response: { 200: Session } } },
    async (request, reply) => {
      requireSameOrigin(request, publicUrl)
      const token = readRefreshCookie(request)
      if (token === undefined) throw new DarkroomError('unauthorized', 'cookie: has no refresh token, log in')
      return sendSession(reply, await sessions.refresh(token, actorOf(request)), publicUrl)
    },
  )
}

function addLogout(server: FastifyInstance, { sessions, audit, publicUrl }: Parts): void {
  server.post(
    '/api/v1/auth/logout',
    { ...publicRoute, schema: { summary: 'Log out' } },
    async (request, reply) => {
      // a request without cookies has the rights of its access token alone; pages of other sites send none
      const hasCookies = request.headers.cookie !== undefined
      if (hasCookies) requireSameOrigin(request, publicUrl)
      const ended = await sessions.endByRefreshToken(readRefreshCookie(request) ?? '')
      if (ended) await audit.record({ ...actorOf(request), userId: ended.userId }, 'logout', ended.id)
      // API clients have no cookie, but an access token
      const principal = await server.identify(request)
      if (principal?.credential.kind === 'session') {
        await sessions.end(principal.credential.id)
        const actor = { ...actorOf(request), userId: principal.userId }
        await audit.record(actor, 'logout', principal.credential.id)
      }
      if (hasCookies) setRefreshCookie(reply, undefined, publicUrl)
      return reply.header('cache-control', 'no-store').code(204).send()
    },
  )

  const everywhere = {
    config: { access: 'signed-in' as const, sessionOnly: true },
    schema: { summary: 'Log out of all sessions' },
  }
  server.post('/api/v1/auth/logout-everywhere', everywhere, async (request, reply) => {
    const { userId } = requirePrincipal(request)
    await sessions.endAll(userId)
    await audit.record(actorOf(request), 'logout.everywhere', userId)
    return setRefreshCookie(reply, undefined, publicUrl).code(204).send()
  })
}

/** Sets the refresh cookie and returns the body with a new access token. */
async function sendSession(reply: FastifyReply, { id, user, refreshToken }: OpenSession, publicUrl: string) {
  const accessToken = await reply.jwtSign({ sub: user.id, sid: id })
  setRefreshCookie(reply, refreshToken, publicUrl)
  const { email, role, presetsOnly } = user
  return {
    accessToken,
    tokenType: 'Bearer' as const,
    expiresIn: accessTokenSeconds,
    user: { id: user.id, email, role, presetsOnly },
  }
}

/** Sets the refresh cookie, or clears it without a token. It is `Secure` when the public URL is https. */
function setRefreshCookie(reply: FastifyReply, token: string | undefined, publicUrl: string): FastifyReply {
  const cookie = serializeRefreshCookie(token, publicUrl.startsWith('https:'))
  return reply.header('set-cookie', cookie).header('cache-control', 'no-store')
}
