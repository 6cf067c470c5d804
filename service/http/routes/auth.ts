import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { RouteOptions } from '../parts.ts'
import { accessTokenSeconds } from '../plugins/authentication.ts'

const Credentials = Type.Object(
  { email: Type.String({ maxLength: 320 }), password: Type.String({ maxLength: 200 }) },
  { additionalProperties: false },
)

const Session = Type.Object({
  accessToken: Type.String(),
  tokenType: Type.Literal('Bearer'),
  expiresIn: Type.Integer({ description: 'seconds' }),
  user: Type.Object({ id: Type.String(), email: Type.String(), role: Type.Enum(['admin', 'member']) }),
})

/** Sessions: `POST /api/v1/auth/login`. */
export default async function auth(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = { body: Credentials, response: { 200: Session } }
  server.post('/api/v1/auth/login', { schema, config: { public: true } }, async (request, reply) => {
    const { id, email, role } = await parts.login(request.body.email, request.body.password)
    const accessToken = await reply.jwtSign({ sub: id, role })
    reply.header('cache-control', 'no-store')
    return {
      accessToken,
      tokenType: 'Bearer' as const,
      expiresIn: accessTokenSeconds,
      user: { id, email, role },
    }
  })
}
