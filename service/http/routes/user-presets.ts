import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { PresetStore } from '../../access/preset-store.ts'
import type { AuditLog } from '../../auth/audit-log.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { PresetRepository } from '../../metadata/presets.ts'
import type { UserRepository } from '../../metadata/users.ts'
import type { Purger } from '../../removal/purger.ts'
import { actorOf } from '../client-info.ts'
import { serializeNamed } from '../schemas/named.ts'
import { PageQuerySchema } from '../schemas/pagination.ts'
import { IdParamsSchema, NamedOfParamsSchema, NewNamedOfParamsSchema } from '../schemas/params.ts'
import { PresetBodySchema, PresetPageSchema, PresetSchema } from '../schemas/preset.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly users: Pick<UserRepository, 'findById'>
  readonly presets: Pick<PresetRepository, 'list' | 'find'>
  readonly presetStore: Pick<PresetStore, 'put'>
  readonly purger: Pick<Purger, 'removePreset'>
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly 'user-presets': Parts
  }
}

const config = { access: 'admin' as const }
const one = { params: NamedOfParamsSchema, response: { 200: PresetSchema } }

/**
 * The presets of any user, for administrators, since users who may only use presets cannot write them:
 * `GET /api/v1/users/:id/presets`, `GET`, `PUT` and `DELETE /api/v1/users/:id/presets/:name`.
 */
export default async function userPresetRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  addReading(instance, parts)
  addWriting(instance, parts)
}

function addReading(instance: FastifyInstance, { users, presets }: Parts): void {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const list = {
    summary: 'List presets of a user',
    params: IdParamsSchema,
    querystring: PageQuerySchema,
    response: { 200: PresetPageSchema },
  }

  server.get('/api/v1/users/:id/presets', { config, schema: list }, async request => {
    const { id } = request.params
    await requireUser(users, id)
    const { items, nextCursor } = await presets.list(id, request.query)
    return { items: items.map(serializeNamed), nextCursor }
  })

  server.get(
    '/api/v1/users/:id/presets/:name',
    { config, schema: { ...one, summary: 'Get a preset of a user' } },
    async request => {
      const { id, name } = request.params
      const preset = await presets.find(id, name)
      if (preset === undefined) throw new DarkroomError('not-found', 'there is no such preset')
      return serializeNamed(preset)
    },
  )
}

function addWriting(instance: FastifyInstance, { users, presetStore, purger, audit }: Parts): void {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()

  server.put(
    '/api/v1/users/:id/presets/:name',
    {
      config,
      schema: {
        ...one,
        params: NewNamedOfParamsSchema,
        summary: 'Create or replace a preset of a user',
        body: PresetBodySchema,
      },
    },
    async request => {
      const { id, name } = request.params
      await requireUser(users, id)
      const preset = await presetStore.put(id, name, request.body)
      await audit.record(actorOf(request), 'user.preset', id)
      return serializeNamed(preset)
    },
  )

  server.delete(
    '/api/v1/users/:id/presets/:name',
    {
      config,
      schema: { params: NamedOfParamsSchema, summary: 'Delete a preset of a user' },
    },
    async (request, reply) => {
      const { id, name } = request.params
      await purger.removePreset(id, name)
      await audit.record(actorOf(request), 'user.preset', id)
      return reply.code(204).send()
    },
  )
}

/** @throws DarkroomError `not-found` */
async function requireUser(users: Pick<UserRepository, 'findById'>, id: string): Promise<void> {
  if ((await users.findById(id)) === undefined) throw new DarkroomError('not-found', 'there is no such user')
}
