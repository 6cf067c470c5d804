import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import { actorOf } from '../client-info.ts'
import type { RouteOptions } from '../parts.ts'
import { parseLimits } from '../schemas/limits.ts'
import { PageQuerySchema } from '../schemas/named.ts'
import { RoleSchema, serializeUser, UserSchema } from '../schemas/user.ts'

/** Of any form: what is no id is as unknown as one that is nobody's. */
const UserId = Type.Object({ id: Type.String() })

const PresetsOnly = Type.Boolean({ description: 'his image URLs may only name presets' })
const Password = Type.String({ maxLength: 400, description: '10 to 200 characters' })

const NewUser = Type.Object(
  {
    email: Type.String({ maxLength: 320 }),
    password: Password,
    role: Type.Optional(Type.Enum(['admin', 'member'], { description: 'member where none is named' })),
    presetsOnly: Type.Optional(PresetsOnly),
  },
  { additionalProperties: false },
)

const Changes = Type.Object(
  {
    role: Type.Optional(RoleSchema),
    presetsOnly: Type.Optional(PresetsOnly),
    disabled: Type.Optional(
      Type.Boolean({ description: 'ends his sessions and stops his API keys; image URLs go on' }),
    ),
    // checked by hand: the framework would make 0 of a null within it
    limits: Type.Optional(
      Type.Unknown({ description: 'an object with what he may have at most; null for everything' }),
    ),
  },
  { additionalProperties: false },
)

const Page = Type.Object({
  items: Type.Array(UserSchema),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
})

/**
 * Users, for administrators: `GET` and `POST /api/v1/users`, `GET`, `PATCH` and `DELETE /api/v1/users/:id`,
 * `POST /api/v1/users/:id/password`.
 */
export default async function users(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'admin' as const }
  const one = { params: UserId, response: { 200: UserSchema } }

  server.get(
    '/api/v1/users',
    { config, schema: { querystring: PageQuerySchema, response: { 200: Page } } },
    async request => {
      const { items, nextCursor } = await parts.users.list(request.query)
      return { items: items.map(serializeUser), nextCursor }
    },
  )

  server.post(
    '/api/v1/users',
    { config, schema: { body: NewUser, response: { 201: UserSchema } } },
    async (request, reply) => {
      const { role = 'member', ...account } = request.body
      const { user } = await parts.register({ ...account, role })
      await parts.audit.record(actorOf(request), 'user.create', user.id)
      return reply.code(201).header('location', `/api/v1/users/${user.id}`).send(serializeUser(user))
    },
  )

  server.get('/api/v1/users/:id', { config, schema: one }, async request => {
    const user = await parts.users.findById(request.params.id)
    if (user === undefined) throw new DarkroomError('not-found', 'there is no such user')
    return serializeUser(user)
  })

  server.patch('/api/v1/users/:id', { config, schema: { ...one, body: Changes } }, async request => {
    const { limits, ...rest } = request.body
    const read = limits === undefined ? {} : { limits: parseLimits(limits, parts.operations) }
    const user = await parts.administration.update(request.params.id, { ...rest, ...read })
    await parts.audit.record(actorOf(request), 'user.change', user.id)
    return serializeUser(user)
  })

  server.delete('/api/v1/users/:id', { config, schema: { params: UserId } }, async (request, reply) => {
    const { id } = request.params
    await parts.administration.remove(id)
    await parts.audit.record(actorOf(request), 'user.delete', id)
    // the sweep finds whoever cannot be handed out now
    await parts.userDeletion.enqueue(id).catch(error => request.log.warn({ err: error }, 'a departure waits'))
    return reply.code(204).send()
  })

  const reset = {
    config: { ...config, sessionOnly: true },
    schema: { params: UserId, body: Type.Object({ password: Password }, { additionalProperties: false }) },
  }
  server.post('/api/v1/users/:id/password', reset, async (request, reply) => {
    await parts.administration.resetPassword(request.params.id, request.body.password)
    await parts.audit.record(actorOf(request), 'password.reset', request.params.id)
    return reply.code(204).send()
  })
}
