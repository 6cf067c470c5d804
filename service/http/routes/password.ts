import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { AuditLog } from '../../auth/audit-log.ts'
import type { UserAdministration } from '../../auth/user-administration.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { UserRepository } from '../../metadata/users.ts'
import { actorOf, clientInfoOf } from '../client-info.ts'
import { checked } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly users: Pick<UserRepository, 'findById'>
  readonly administration: Pick<UserAdministration, 'changePassword'>
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly password: Parts
  }
}

const Body = Type.Object(
  {
    current: Type.String({ maxLength: 400, description: 'current password' }),
    next: Type.String({
      maxLength: 400,
      ...checked({ minLength: 10, maxLength: 200 }),
      description: 'new password',
    }),
  },
  { additionalProperties: false },
)

/** Changes the user's own password and ends their other sessions: `POST /api/v1/me/password`. */
export default async function passwordRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'signed-in' as const, sessionOnly: true }
  server.post(
    '/api/v1/me/password',
    { config, schema: { summary: 'Change your own password', body: Body } },
    async (request, reply) => {
      const { userId, credential } = requirePrincipal(request)
      const user = await parts.users.findById(userId)
      if (user === undefined) throw new DarkroomError('not-found', 'there is no such user')
      await parts.administration.changePassword(
        user,
        request.body,
        credential.id,
        clientInfoOf(request, reply),
      )
      await parts.audit.record(actorOf(request), 'password.change', userId)
      return reply.code(204).send()
    },
  )
}
