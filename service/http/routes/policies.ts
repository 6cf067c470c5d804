import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { type PolicyStore, toNamedPolicy } from '../../access/policy-store.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { PolicyRepository } from '../../metadata/policies.ts'
import { extensions } from '../../url/address.ts'
import type { Policy as Rules } from '../../url/policy.ts'
import { checked } from '../openapi/checked.ts'
import { allowedOperationsRef, operationNameRef } from '../openapi/operation-schemas.ts'
import { requirePrincipal } from '../principal.ts'
import { namedProperties, serializeNamed } from '../schemas/named.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'
import { NameParamsSchema, NewNameParamsSchema } from '../schemas/params.ts'
import { plainName } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly policies: Pick<PolicyRepository, 'list' | 'find'>
  readonly policyStore: Pick<PolicyStore, 'put' | 'remove'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly policies: Parts
  }
}

/** The largest policy, in bytes: it is evaluated on every request. */
const maxBytes = 16 * 1024

const Values = Type.Array(Type.Unknown(), { maxItems: 100, description: 'allowed values' })

const Option = Type.Union([
  Type.Object(
    { min: Type.Optional(Type.Number()), max: Type.Optional(Type.Number()), values: Type.Optional(Values) },
    { additionalProperties: false },
  ),
  Values,
  Type.Literal(true, { description: 'any value' }),
])

const Operation = Type.Union([
  Type.Record(Type.String(), Option, {
    description: 'allowed options; an option that is not listed keeps its default',
  }),
  Type.Literal(true, { description: 'any options' }),
])

const side = (description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: 8192, description }))

const Body = Type.Object(
  {
    operations: Type.Optional(
      Type.Union(
        [
          Type.Record(Type.String(), Operation),
          Type.Array(Type.String({ maxLength: 60 }), { maxItems: 100 }),
        ],
        {
          ...checked({
            anyOf: [allowedOperationsRef, { type: 'array', items: operationNameRef, maxItems: 100 }],
          }),
          description:
            'operations that a URL may use, such as {"resize": {"w": {"min": 100, "max": 2000}, "fit": ["cover"]}, "sharpen": true}; values are checked with defaults filled in; absent means that a URL may use presets only',
        },
      ),
    ),
    formats: Type.Optional(
      Type.Array(Type.String({ maxLength: 8, ...checked({ enum: [...extensions, 'jpeg'] }) }), {
        maxItems: 20,
        description: 'allowed extensions; absent means all; auto allows every format that it can resolve to',
      }),
    ),
    presets: Type.Optional(
      Type.Array(Type.String({ maxLength: 32, ...checked({ pattern: plainName }) }), {
        maxItems: 200,
        description: 'presets that a URL may use, whatever their operations; absent means none',
      }),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          maxWidth: side('largest width of the result, in pixels'),
          maxHeight: side('largest height of the result, in pixels'),
          maxSteps: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 32,
              description: 'most operations, including those of presets',
            }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)

const Policy = Type.Object({
  ...namedProperties,
  operations: Type.Optional(Type.Unsafe<NonNullable<Rules['operations']>>({})),
  formats: Type.Optional(Type.Unsafe<NonNullable<Rules['formats']>>({})),
  presets: Type.Optional(Type.Unsafe<NonNullable<Rules['presets']>>({})),
  limits: Type.Optional(Type.Unsafe<NonNullable<Rules['limits']>>({})),
})

const Page = pageOf(Policy)

/** The user's policies: `GET /api/v1/policies`, `GET`, `PUT` and `DELETE /api/v1/policies/:name`. */
export default async function policyRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const read = { access: 'images:read' as const }
  const write = { access: 'images:write' as const }
  const one = { params: NameParamsSchema, response: { 200: Policy } }

  server.get(
    '/api/v1/policies',
    {
      config: read,
      schema: { summary: 'List policies', querystring: PageQuerySchema, response: { 200: Page } },
    },
    async request => {
      const { items, nextCursor } = await parts.policies.list(requirePrincipal(request).userId, request.query)
      return { items: items.map(toNamedPolicy).map(serializeNamed), nextCursor }
    },
  )

  server.get(
    '/api/v1/policies/:name',
    { config: read, schema: { ...one, summary: 'Get a policy' } },
    async request => {
      const policy = await parts.policies.find(requirePrincipal(request).userId, request.params.name)
      if (policy === undefined) throw new DarkroomError('not-found', 'there is no such policy')
      return serializeNamed(toNamedPolicy(policy))
    },
  )

  const put = {
    config: write,
    schema: { ...one, params: NewNameParamsSchema, summary: 'Create or replace a policy', body: Body },
    bodyLimit: maxBytes,
  }
  server.put('/api/v1/policies/:name', put, async request => {
    const { userId } = requirePrincipal(request)
    return serializeNamed(await parts.policyStore.put(userId, request.params.name, request.body))
  })

  server.delete(
    '/api/v1/policies/:name',
    { config: write, schema: { summary: 'Delete a policy', params: NameParamsSchema } },
    async (request, reply) => {
      await parts.policyStore.remove(requirePrincipal(request).userId, request.params.name)
      return reply.code(204).send()
    },
  )
}
