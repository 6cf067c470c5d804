import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { type EagerDerivatives, maxEager } from '../../ingest/eager-derivatives.ts'
import type { EagerRequest } from '../../ingest/eager-plan.ts'
import { checked } from '../openapi/checked.ts'
import { imageRequest, operationRef } from '../openapi/operation-schemas.ts'
import { requirePrincipal } from '../principal.ts'
import { IdParamsSchema } from '../schemas/params.ts'
import { plainName } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly eager: EagerDerivatives
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly eager: Parts
  }
}

const Transform = Type.Object(
  {
    operations: Type.Union(
      [
        Type.Array(Type.Object({ op: Type.String({ maxLength: 60 }) }, { additionalProperties: true }), {
          maxItems: 32,
          ...checked({ items: { allOf: [operationRef, imageRequest.operations.items] } }),
        }),
        Type.String({ maxLength: 2000, format: 'image-operations' }),
      ],
      { description: 'one object per operation, or a string as in a URL, such as resize_w-300' },
    ),
    format: Type.Optional(
      Type.String({
        maxLength: 8,
        ...checked(imageRequest.format),
        description: 'auto if absent',
      }),
    ),
  },
  { additionalProperties: false },
)

const Body = Type.Object(
  {
    presets: Type.Optional(
      Type.Array(Type.String({ maxLength: 32, ...checked({ pattern: plainName }) }), {
        minItems: 1,
        maxItems: maxEager,
        description: 'names of presets',
      }),
    ),
    transforms: Type.Optional(
      Type.Array(Transform, {
        minItems: 1,
        maxItems: maxEager,
        description: 'derivatives that are given by their operations instead of a preset',
      }),
    ),
  },
  { additionalProperties: false },
)

const Item = Type.Object({
  file: Type.String({ description: 'canonical file name' }),
  path: Type.String({ description: 'path without a signature' }),
  preset: Type.Optional(Type.String({ description: 'name of the preset that it comes from' })),
  format: Type.String(),
  state: Type.Enum(['pending', 'ready', 'failed']),
  code: Type.Optional(Type.String({ description: 'why it failed, a problem code' })),
  detail: Type.Optional(Type.String({ description: 'why it failed, in words' })),
})

const Progress = Type.Object({
  imageId: Type.String(),
  total: Type.Integer({ description: 'number of derivatives' }),
  ready: Type.Integer({ description: 'how many are stored' }),
  pending: Type.Integer({ description: 'how many are queued or being rendered' }),
  failed: Type.Integer({ description: 'how many failed' }),
  items: Type.Array(Item),
})

/**
 * Renders derivatives ahead of their first request, and shows the progress: `POST` and `GET /api/v1/images/:id/eager`.
 */
export default async function eagerRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()

  server.post(
    '/api/v1/images/:id/eager',
    {
      config: { access: 'images:write' },
      schema: {
        summary: 'Render derivatives in advance',
        params: IdParamsSchema,
        body: Type.Union([Body, Type.Null()]),
        response: { 202: Progress },
      },
    },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const progress = await parts.eager.order(userId, request.params.id, parseRequest(request.body))
      return reply.code(202).send(progress)
    },
  )

  server.get(
    '/api/v1/images/:id/eager',
    {
      config: { access: 'images:read' },
      schema: {
        summary: 'Show the progress of eager derivatives',
        params: IdParamsSchema,
        response: { 200: Progress },
      },
    },
    async request => parts.eager.progress(requirePrincipal(request).userId, request.params.id),
  )
}

/** Undefined for an empty request, which stands for the user's eager presets. */
function parseRequest(body: Type.Static<typeof Body> | null | undefined): EagerRequest | undefined {
  const { presets, transforms } = body ?? {}
  if (presets === undefined && transforms === undefined) return undefined
  const parsed = transforms?.map(({ operations, format = 'auto' }) => ({ operations, format }))
  return { presets: presets ?? [], transforms: parsed ?? [] }
}
