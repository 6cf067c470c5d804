import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { AuditLog } from '../../auth/audit-log.ts'
import type { UserAdministration } from '../../auth/user-administration.ts'
import { actorOf } from '../client-info.ts'
import { IdParamsSchema } from '../schemas/params.ts'
import { NewPasswordSchema } from '../schemas/user.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly administration: Pick<UserAdministration, 'resetPassword'>
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly 'user-password': Parts
  }
}

/** Resets the password of a user, for administrators with a session: `POST /api/v1/users/:id/password`. */
export default async function userPasswordRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'admin' as const, sessionOnly: true }
  const body = Type.Object({ password: NewPasswordSchema }, { additionalProperties: false })
  const schema = { summary: 'Set the password of a user', params: IdParamsSchema, body }
  server.post('/api/v1/users/:id/password', { config, schema }, async (request, reply) => {
    await parts.administration.resetPassword(request.params.id, request.body.password)
    await parts.audit.record(actorOf(request), 'password.reset', request.params.id)
    return reply.code(204).send()
  })
}
