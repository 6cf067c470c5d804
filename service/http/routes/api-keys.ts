import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { ApiKeys } from '../../auth/api-keys.ts'
import type { AuditLog } from '../../auth/audit-log.ts'
import { scopes } from '../../auth/scopes.ts'
import type { ApiKey, ApiKeyRepository } from '../../metadata/api-keys.ts'
import { actorOf } from '../client-info.ts'
import { requirePrincipal } from '../principal.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly apiKeys: ApiKeys
  readonly apiKeyRepository: Pick<ApiKeyRepository, 'list'>
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly 'api-keys': Parts
  }
}

const ScopeSchema = Type.Enum([...scopes])
const nullableTime = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

const keyProperties = {
  id: Type.String(),
  name: Type.String({ description: 'name that the user gave it' }),
  scopes: Type.Array(Type.String(), { description: 'what the key may do' }),
  expiresAt: nullableTime('ISO 8601; null if the key does not expire'),
  createdAt: Type.String({ description: 'ISO 8601' }),
  lastUsedAt: nullableTime('ISO 8601, to the minute; null if never used'),
}

const NewKey = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 100,
      pattern: '^[^\\u0000-\\u001f]+$',
      description: 'name to recognise the key by',
    }),
    scopes: Type.Array(ScopeSchema, {
      minItems: 1,
      maxItems: scopes.length,
      description: 'what the key may do',
    }),
    expiresAt: Type.Optional(
      Type.Unsafe<string | null>({
        type: ['string', 'null'],
        format: 'date-time',
        description: 'ISO 8601; null or absent for a key that does not expire',
      }),
    ),
  },
  { additionalProperties: false },
)

const CreatedKey = Type.Object({
  ...keyProperties,
  secret: Type.String({ description: 'the key itself, shown only in this response' }),
})

const Page = pageOf(Type.Object(keyProperties))

/** The user's API keys: `GET` and `POST /api/v1/api-keys`, `DELETE /api/v1/api-keys/:id`. */
export default async function apiKeyRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'keys' as const }

  server.get(
    '/api/v1/api-keys',
    { config, schema: { summary: 'List API keys', querystring: PageQuerySchema, response: { 200: Page } } },
    async request => {
      const { items, nextCursor } = await parts.apiKeyRepository.list(
        requirePrincipal(request).userId,
        request.query,
      )
      return { items: items.map(serialize), nextCursor }
    },
  )

  server.post(
    '/api/v1/api-keys',
    { config, schema: { summary: 'Create an API key', body: NewKey, response: { 201: CreatedKey } } },
    async (request, reply) => {
      const { name, scopes, expiresAt } = request.body
      const spec = { name, scopes, expiresAt: expiresAt ? new Date(expiresAt) : null }
      const key = await parts.apiKeys.issue(requirePrincipal(request), spec)
      await parts.audit.record(actorOf(request), 'api-key.create', key.id)
      reply.code(201).header('cache-control', 'no-store')
      return { ...serialize(key), secret: key.secret }
    },
  )

  server.delete(
    '/api/v1/api-keys/:id',
    { config, schema: { summary: 'Revoke an API key', params: IdParamsSchema } },
    async (request, reply) => {
      await parts.apiKeys.revoke(requirePrincipal(request).userId, request.params.id)
      await parts.audit.record(actorOf(request), 'api-key.revoke', request.params.id)
      return reply.code(204).send()
    },
  )
}

function serialize({ id, name, scopes, expiresAt, createdAt, lastUsedAt }: ApiKey) {
  return {
    id,
    name,
    scopes,
    expiresAt: expiresAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }
}
