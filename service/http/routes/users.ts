import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { RouteOptions } from '../parts.ts'
import { adminOf } from '../principal.ts'

const Body = Type.Object(
  { presetsOnly: Type.Boolean({ description: 'his image URLs may only name presets' }) },
  { additionalProperties: false },
)

const User = Type.Object({
  id: Type.String(),
  email: Type.String(),
  role: Type.Enum(['admin', 'member']),
  presetsOnly: Type.Boolean(),
  createdAt: Type.String({ description: 'ISO 8601' }),
})

/** What administrators change about a user: `PATCH /api/v1/users/:id`. */
export default async function users(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = { params: Type.Object({ id: Type.String() }), body: Body, response: { 200: User } }
  server.patch('/api/v1/users/:id', { schema }, async request => {
    adminOf(request)
    const user = await parts.users.setPresetsOnly(request.params.id, request.body.presetsOnly)
    if (user === undefined) throw new DarkroomError('not-found', 'there is no such user')
    const { id, email, role, presetsOnly, createdAt } = user
    return { id, email, role, presetsOnly, createdAt: createdAt.toISOString() }
  })
}
