import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { AuditLog } from '../../auth/audit-log.ts'
import { type Webhook, webhookEvents } from '../../metadata/webhooks.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'
import { actorOf } from '../client-info.ts'
import { requirePrincipal } from '../principal.ts'
import { listOf } from '../schemas/pagination.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly webhooks: Webhooks
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly webhooks: Parts
  }
}

const Url = Type.String({
  maxLength: 2000,
  format: 'public-url',
  description: 'URL on a public host, which receives a POST with JSON',
})
const Events = Type.Array(Type.Enum(webhookEvents), { minItems: 1, uniqueItems: true })

const NewWebhook = Type.Object({ url: Url, events: Events }, { additionalProperties: false })
const Changes = Type.Object(
  { url: Type.Optional(Url), events: Type.Optional(Events) },
  { additionalProperties: false },
)

const WebhookSchema = Type.Object({
  id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.Enum(webhookEvents)),
  createdAt: Type.String({ description: 'ISO 8601' }),
})

const CreatedWebhook = Type.Object({
  ...WebhookSchema.properties,
  secret: Type.String({
    description:
      'HMAC key of Darkroom-Signature: use the text itself, not decoded; shown only in this response',
  }),
})

const read = { access: 'images:read' as const }
const write = { access: 'images:write' as const }

/** The user's webhooks: `GET` and `POST /api/v1/webhooks`, `GET`, `PATCH` and `DELETE /api/v1/webhooks/:id`. */
export default async function webhookRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  addCollection(instance, parts)
  const one = { params: IdParamsSchema, response: { 200: WebhookSchema } }
  const { webhooks } = parts

  server.get(
    '/api/v1/webhooks/:id',
    { config: read, schema: { ...one, summary: 'Get a webhook' } },
    async request => serialize(await webhooks.find(requirePrincipal(request).userId, request.params.id)),
  )

  server.patch(
    '/api/v1/webhooks/:id',
    { config: write, schema: { ...one, summary: 'Update a webhook', body: Changes } },
    async request => {
      const { id } = request.params
      const changed = await webhooks.update(requirePrincipal(request).userId, id, request.body)
      await parts.audit.record(actorOf(request), 'webhook.change', id)
      return serialize(changed)
    },
  )

  const remove = { config: write, schema: { summary: 'Delete a webhook', params: IdParamsSchema } }
  server.delete('/api/v1/webhooks/:id', remove, async (request, reply) => {
    await webhooks.remove(requirePrincipal(request).userId, request.params.id)
    await parts.audit.record(actorOf(request), 'webhook.remove', request.params.id)
    return reply.code(204).send()
  })
}

function addCollection(instance: FastifyInstance, { webhooks, audit }: Parts): void {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()

  // not paginated: the number of webhooks is limited
  server.get(
    '/api/v1/webhooks',
    { config: read, schema: { summary: 'List webhooks', response: { 200: listOf(WebhookSchema) } } },
    async request => {
      const items = await webhooks.list(requirePrincipal(request).userId)
      return { items: items.map(serialize), nextCursor: null }
    },
  )

  server.post(
    '/api/v1/webhooks',
    {
      config: write,
      schema: { summary: 'Create a webhook', body: NewWebhook, response: { 201: CreatedWebhook } },
    },
    async (request, reply) => {
      const made = await webhooks.create(requirePrincipal(request).userId, request.body)
      await audit.record(actorOf(request), 'webhook.create', made.id)
      reply.code(201).headers({ location: `/api/v1/webhooks/${made.id}`, 'cache-control': 'no-store' })
      return { ...serialize(made), secret: made.secret }
    },
  )
}

function serialize({ id, url, events, createdAt }: Webhook) {
  return { id, url, events, createdAt: createdAt.toISOString() }
}
