import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { requireOwnPresets } from '../../access/authorizer.ts'
import type { PresetStore } from '../../access/preset-store.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { PresetRepository } from '../../metadata/presets.ts'
import type { UserRepository } from '../../metadata/users.ts'
import type { Purger } from '../../removal/purger.ts'
import { requirePrincipal } from '../principal.ts'
import { serializeNamed } from '../schemas/named.ts'
import { PageQuerySchema } from '../schemas/pagination.ts'
import { NameParamsSchema, NewNameParamsSchema } from '../schemas/params.ts'
import { PresetBodySchema, PresetPageSchema, PresetSchema } from '../schemas/preset.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly users: Pick<UserRepository, 'findById'>
  readonly presets: Pick<PresetRepository, 'list' | 'find'>
  readonly presetStore: Pick<PresetStore, 'put'>
  readonly purger: Pick<Purger, 'removePreset'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly presets: Parts
  }
}

/** The user's presets: `GET /api/v1/presets`, `GET`, `PUT` and `DELETE /api/v1/presets/:name`. */
export default async function presetRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const read = { access: 'images:read' as const }
  const write = { access: 'images:write' as const }
  const one = { params: NameParamsSchema, response: { 200: PresetSchema } }

  server.get(
    '/api/v1/presets',
    {
      config: read,
      schema: { summary: 'List presets', querystring: PageQuerySchema, response: { 200: PresetPageSchema } },
    },
    async request => {
      const { items, nextCursor } = await parts.presets.list(requirePrincipal(request).userId, request.query)
      return { items: items.map(serializeNamed), nextCursor }
    },
  )

  server.get(
    '/api/v1/presets/:name',
    { config: read, schema: { ...one, summary: 'Get a preset' } },
    async request => {
      const preset = await parts.presets.find(requirePrincipal(request).userId, request.params.name)
      if (preset === undefined) throw new DarkroomError('not-found', 'there is no such preset')
      return serializeNamed(preset)
    },
  )

  server.put(
    '/api/v1/presets/:name',
    {
      config: write,
      schema: {
        ...one,
        params: NewNameParamsSchema,
        summary: 'Create or replace a preset',
        body: PresetBodySchema,
      },
    },
    async request => {
      const { userId } = requirePrincipal(request)
      await requireOwnPresets(parts.users, userId)
      return serializeNamed(await parts.presetStore.put(userId, request.params.name, request.body))
    },
  )

  server.delete(
    '/api/v1/presets/:name',
    { config: write, schema: { summary: 'Delete a preset', params: NameParamsSchema } },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      await requireOwnPresets(parts.users, userId)
      await parts.purger.removePreset(userId, request.params.name)
      return reply.code(204).send()
    },
  )
}
