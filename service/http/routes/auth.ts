import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type from 'typebox'
import type { OpenSession } from '../../auth/sessions.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { actorOf, clientInfoOf } from '../client-info.ts'
import type { RouteOptions } from '../parts.ts'
import { accessTokenSeconds } from '../plugins/authentication.ts'
import { requirePrincipal } from '../principal.ts'
import { readRefreshCookie, serializeRefreshCookie } from '../refresh-cookie.ts'
import { requireSameOrigin } from '../same-origin.ts'
import { RoleSchema } from '../schemas/user.ts'

const Credentials = Type.Object(
  { email: Type.String({ maxLength: 320 }), password: Type.String({ maxLength: 200 }) },
  { additionalProperties: false },
)

const Session = Type.Object({
  accessToken: Type.String(),
  tokenType: Type.Literal('Bearer'),
  expiresIn: Type.Integer({ description: 'seconds' }),
  user: Type.Object({ id: Type.String(), email: Type.String(), role: RoleSchema }),
})

/**
 * Sessions: `POST /api/v1/auth/login`; `refresh` by the cookie that it sets; `logout` by that or an access token;
 * `logout-everywhere` by an access token.
 */
export default async function auth(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { sessions, audit, publicUrl } = parts
  const secure = publicUrl.startsWith('https:')
  const open = { config: { access: 'anyone' as const } }
  const cookie = (reply: FastifyReply, token: string | undefined) =>
    reply.header('set-cookie', serializeRefreshCookie(token, secure)).header('cache-control', 'no-store')

  const answer = async (reply: FastifyReply, { id, user, refreshToken }: OpenSession) => {
    const accessToken = await reply.jwtSign({ sub: user.id, sid: id })
    cookie(reply, refreshToken)
    const { email, role } = user
    return {
      accessToken,
      tokenType: 'Bearer' as const,
      expiresIn: accessTokenSeconds,
      user: { id: user.id, email, role },
    }
  }

  server.post(
    '/api/v1/auth/login',
    { ...open, schema: { body: Credentials, response: { 200: Session } } },
    async (request, reply) => {
      const { email, password } = request.body
      return answer(reply, await sessions.open(email, password, clientInfoOf(request, reply)))
    },
  )

  server.post(
    '/api/v1/auth/refresh',
    { ...open, schema: { response: { 200: Session } } },
    async (request, reply) => {
      requireSameOrigin(request, publicUrl)
      const token = readRefreshCookie(request)
      if (token === undefined) throw new DarkroomError('unauthorized', 'there is no refresh cookie: log in')
      return answer(reply, await sessions.refresh(token, actorOf(request)))
    },
  )

  server.post('/api/v1/auth/logout', open, async (request, reply) => {
    requireSameOrigin(request, publicUrl)
    const ended = await sessions.endByRefreshToken(readRefreshCookie(request) ?? '')
    if (ended) await audit.record({ ...actorOf(request), userId: ended.userId }, 'logout', ended.id)
    // programs keep no cookies
    const principal = await server.identify(request)
    if (principal?.credential.kind === 'session') {
      await sessions.end(principal.credential.id)
      const actor = { ...actorOf(request), userId: principal.userId }
      await audit.record(actor, 'logout', principal.credential.id)
    }
    return cookie(reply, undefined).code(204).send()
  })

  const everywhere = { config: { access: 'signed-in' as const, sessionOnly: true } }
  server.post('/api/v1/auth/logout-everywhere', everywhere, async (request, reply) => {
    const { userId } = requirePrincipal(request)
    await sessions.endAll(userId)
    await audit.record(actorOf(request), 'logout.everywhere', userId)
    return cookie(reply, undefined).code(204).send()
  })
}
