import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { AuditLog } from '../../auth/audit-log.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { SigningKey, SigningKeyRepository } from '../../metadata/signing-keys.ts'
import { actorOf } from '../client-info.ts'
import { requirePrincipal } from '../principal.ts'
import { listOf } from '../schemas/pagination.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly signingKeys: Pick<SigningKeyRepository, 'list' | 'create' | 'setState'>
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly 'signing-keys': Parts
  }
}

const State = Type.Enum(['active', 'retiring', 'revoked'], {
  description: 'active: signs and verifies; retiring: only verifies; revoked: rejected permanently',
})

const Key = Type.Object({
  id: Type.String(),
  state: State,
  createdAt: Type.String({ description: 'ISO 8601' }),
  lastUsedAt: Type.Union([Type.String(), Type.Null()], {
    description: 'ISO 8601, to the minute; when a URL was last verified with it; null if never',
  }),
})

const CreatedKey = Type.Object({
  ...Key.properties,
  secret: Type.String({ description: '32 bytes in base64url, shown only in this response' }),
})

const Page = listOf(Key)

/** The user's keys for signing URLs: `GET` and `POST /api/v1/signing-keys`, `PATCH /api/v1/signing-keys/:id`. */
export default async function signingKeyRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'keys' as const }
  const { signingKeys: keys } = parts

  // not paginated: a user has few keys
  server.get(
    '/api/v1/signing-keys',
    { config, schema: { summary: 'List signing keys', response: { 200: Page } } },
    async request => {
      const items = await keys.list(requirePrincipal(request).userId)
      return { items: items.map(serialize), nextCursor: null }
    },
  )

  server.post(
    '/api/v1/signing-keys',
    { config, schema: { summary: 'Create a signing key', response: { 201: CreatedKey } } },
    async (request, reply) => {
      const key = await keys.create(requirePrincipal(request).userId)
      await parts.audit.record(actorOf(request), 'signing-key.create', key.id)
      reply.code(201).header('cache-control', 'no-store')
      return { ...serialize(key), secret: key.secret.toString('base64url') }
    },
  )

  const schema = {
    summary: 'Change the state of a signing key',
    params: IdParamsSchema,
    body: Type.Object({ state: State }, { additionalProperties: false }),
    response: { 200: Key },
  }
  server.patch('/api/v1/signing-keys/:id', { config, schema }, async request => {
    const { state } = request.body
    const key = await keys.setState(requirePrincipal(request).userId, request.params.id, state)
    if (key === undefined) throw new DarkroomError('not-found', 'there is no such signing key')
    await parts.audit.record(actorOf(request), `signing-key.${state}`, key.id)
    return serialize(key)
  })
}

function serialize({ id, state, createdAt, lastUsedAt }: SigningKey) {
  return { id, state, createdAt: createdAt.toISOString(), lastUsedAt: lastUsedAt?.toISOString() ?? null }
}
