import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { NewAccount } from '../../auth/accounts.ts'
import type { AuditLog } from '../../auth/audit-log.ts'
import type { UserAdministration } from '../../auth/user-administration.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { UserLimits } from '../../metadata/user-limits.ts'
import type { User, UserRepository } from '../../metadata/users.ts'
import type { Operations } from '../../operations/registry.ts'
import type { UserDeletion } from '../../removal/user-deletion.ts'
import { actorOf } from '../client-info.ts'
import { checked } from '../openapi/checked.ts'
import { limitsBodySchema } from '../schemas/limits.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'
import { IdParamsSchema } from '../schemas/params.ts'
import { emailAddress } from '../schemas/text.ts'
import { NewPasswordSchema, RoleSchema, serializeUser, UserSchema } from '../schemas/user.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly users: Pick<UserRepository, 'list' | 'findById'>
  /** Creates a user with their first signing key, both or neither. */
  readonly register: (account: NewAccount) => Promise<{ user: User }>
  readonly administration: Pick<UserAdministration, 'update' | 'remove'>
  readonly userDeletion: Pick<UserDeletion, 'enqueue'>
  readonly operations: Operations
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly users: Parts
  }
}

const PresetsOnly = Type.Boolean({ description: 'their image URLs may only use presets' })

const Originals = Type.Boolean({
  description: 'their image URLs may fetch originals even if presetsOnly is set',
})

const NewUser = Type.Object(
  {
    email: Type.String({
      maxLength: 320,
      ...checked({ maxLength: 254, pattern: emailAddress }),
    }),
    password: NewPasswordSchema,
    role: Type.Optional(Type.Enum(['admin', 'member'], { description: 'defaults to member' })),
    presetsOnly: Type.Optional(PresetsOnly),
    originals: Type.Optional(Originals),
  },
  { additionalProperties: false },
)

const Changes = Type.Object(
  {
    role: Type.Optional(RoleSchema),
    presetsOnly: Type.Optional(PresetsOnly),
    originals: Type.Optional(Originals),
    disabled: Type.Optional(
      Type.Boolean({
        description: 'ends their sessions and blocks their API keys; image URLs continue to work',
      }),
    ),
  },
  { additionalProperties: false },
)

const changesWithLimits = (operations: Operations) =>
  Type.Object(
    { ...Changes.properties, limits: Type.Optional(limitsBodySchema(operations)) },
    { additionalProperties: false },
  )

const Page = pageOf(UserSchema)

const config = { access: 'admin' as const }

/** Users, for administrators: `GET` and `POST /api/v1/users`, `GET`, `PATCH` and `DELETE /api/v1/users/:id`. */
export default async function userRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  addCollection(instance, parts)
  addSingleUser(instance, parts)
}

function addCollection(instance: FastifyInstance, parts: Parts): void {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()

  server.get(
    '/api/v1/users',
    { config, schema: { summary: 'List users', querystring: PageQuerySchema, response: { 200: Page } } },
    async request => {
      const { items, nextCursor } = await parts.users.list(request.query)
      return { items: items.map(serializeUser), nextCursor }
    },
  )

  server.post(
    '/api/v1/users',
    { config, schema: { summary: 'Create a user', body: NewUser, response: { 201: UserSchema } } },
    async (request, reply) => {
      const { role = 'member', ...account } = request.body
      const { user } = await parts.register({ ...account, role })
      await parts.audit.record(actorOf(request), 'user.create', user.id)
      return reply.code(201).header('location', `/api/v1/users/${user.id}`).send(serializeUser(user))
    },
  )
}

function addSingleUser(instance: FastifyInstance, parts: Parts): void {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const single = { params: IdParamsSchema, response: { 200: UserSchema } }

  server.get('/api/v1/users/:id', { config, schema: { ...single, summary: 'Get a user' } }, async request => {
    const user = await parts.users.findById(request.params.id)
    if (user === undefined) throw new DarkroomError('not-found', 'there is no such user')
    return serializeUser(user)
  })

  server.patch(
    '/api/v1/users/:id',
    { config, schema: { ...single, summary: 'Update a user', body: changesWithLimits(parts.operations) } },
    async request => {
      const { limits, ...rest } = request.body
      const changes = limits === undefined ? rest : { ...rest, limits: withoutEmpty(limits) }
      const user = await parts.administration.update(request.params.id, changes)
      await parts.audit.record(actorOf(request), 'user.change', user.id)
      return serializeUser(user)
    },
  )

  server.delete(
    '/api/v1/users/:id',
    { config, schema: { summary: 'Delete a user', params: IdParamsSchema } },
    async (request, reply) => {
      const { id } = request.params
      await parts.administration.remove(id)
      await parts.audit.record(actorOf(request), 'user.delete', id)
      // if the task cannot be created now, the hourly chore creates it
      await parts.userDeletion
        .enqueue(id)
        .catch(error => request.log.warn({ err: error }, 'user deletion not started'))
      return reply.code(204).send()
    },
  )
}

/** Limits without a field are none. */
const withoutEmpty = (limits: UserLimits | null) =>
  limits === null || Object.keys(limits).length === 0 ? null : limits
