import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { PresetStore } from '../../access/preset-store.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { PresetRepository } from '../../metadata/presets.ts'
import type { Purger } from '../../removal/purger.ts'
import { requirePrincipal } from '../principal.ts'
import { namedProperties, serializeNamed } from '../schemas/named.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'
import { NameParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly presets: Pick<PresetRepository, 'list' | 'find'>
  readonly presetStore: Pick<PresetStore, 'put'>
  readonly purger: Pick<Purger, 'removePreset'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly presets: Parts
  }
}

const Operations = Type.String({
  minLength: 1,
  maxLength: 2000,
  description: 'operations as in a URL, such as resize_w-300_encode_q-70; a preset may contain presets',
})

const Body = Type.Object(
  {
    operations: Operations,
    eager: Type.Boolean({
      default: false,
      description: 'render it after every upload, before the first request',
    }),
  },
  { additionalProperties: false },
)

const Preset = Type.Object({ ...namedProperties, operations: Operations, eager: Type.Boolean() })

const Page = pageOf(Preset)

/** The user's presets: `GET /api/v1/presets`, `GET`, `PUT` and `DELETE /api/v1/presets/:name`. */
export default async function presetRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const read = { access: 'images:read' as const }
  const write = { access: 'images:write' as const }
  const one = { params: NameParamsSchema, response: { 200: Preset } }

  server.get(
    '/api/v1/presets',
    {
      config: read,
      schema: { summary: 'List presets', querystring: PageQuerySchema, response: { 200: Page } },
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
    { config: write, schema: { ...one, summary: 'Create or replace a preset', body: Body } },
    async request => {
      const { userId } = requirePrincipal(request)
      return serializeNamed(await parts.presetStore.put(userId, request.params.name, request.body))
    },
  )

  server.delete(
    '/api/v1/presets/:name',
    { config: write, schema: { summary: 'Delete a preset', params: NameParamsSchema } },
    async (request, reply) => {
      await parts.purger.removePreset(requirePrincipal(request).userId, request.params.name)
      return reply.code(204).send()
    },
  )
}
