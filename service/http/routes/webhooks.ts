import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { WebhookDelivery } from '../../metadata/webhook-deliveries.ts'
import { type Webhook, webhookEvents } from '../../metadata/webhooks.ts'
import { actorOf } from '../client-info.ts'
import type { RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'

/** Of any form: what is no id is as unknown as another user's. */
const WebhookId = Type.Object({ id: Type.String() })
const DeliveryId = Type.Object({ id: Type.String(), deliveryId: Type.String() })

const Url = Type.String({
  maxLength: 2000,
  description: 'of a host with a public address; gets a POST of JSON',
})
const Events = Type.Array(Type.Enum(webhookEvents), { minItems: 1, uniqueItems: true })

const NewWebhook = Type.Object({ url: Url, events: Events }, { additionalProperties: false })
const Changes = Type.Object(
  { url: Type.Optional(Url), events: Type.Optional(Events) },
  { additionalProperties: false },
)

const Shown = Type.Object({
  id: Type.String(),
  url: Type.String(),
  events: Type.Array(Type.Enum(webhookEvents)),
  createdAt: Type.String({ description: 'ISO 8601' }),
})

const Made = Type.Object({
  ...Shown.properties,
  secret: Type.String({ description: 'its characters are the key of Darkroom-Signature; shown only now' }),
})

const Delivery = Type.Object({
  id: Type.String({ description: 'the id in the body, too' }),
  event: Type.Enum(webhookEvents),
  status: Type.Enum(['pending', 'delivered', 'failed']),
  attempts: Type.Integer(),
  responseCode: Type.Union([Type.Integer(), Type.Null()]),
  detail: Type.Union([Type.String(), Type.Null()], { description: 'why the last attempt was in vain' }),
  createdAt: Type.String({ description: 'ISO 8601' }),
  at: Type.Union([Type.String({ description: 'of the last attempt, ISO 8601' }), Type.Null()]),
})

const listOf = <const Item extends typeof Shown | typeof Delivery>(item: Item) =>
  Type.Object({ items: Type.Array(item), nextCursor: Type.Null() })

/**
 * Where the user wants to be told of what: `GET` and `POST /api/v1/webhooks`, `GET`, `PATCH` and `DELETE
 * /api/v1/webhooks/:id`; and what was told: `GET /api/v1/webhooks/:id/deliveries`,
 * `POST /api/v1/webhooks/:id/deliveries/:deliveryId/redeliver`.
 */
export default async function webhooks(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const read = { access: 'images:read' as const }
  const write = { access: 'images:write' as const }
  const one = { params: WebhookId, response: { 200: Shown } }
  const { webhooks } = parts

  // never so many that they need pages
  server.get(
    '/api/v1/webhooks',
    { config: read, schema: { response: { 200: listOf(Shown) } } },
    async request => {
      const items = await webhooks.list(requirePrincipal(request).userId)
      return { items: items.map(show), nextCursor: null }
    },
  )

  server.post(
    '/api/v1/webhooks',
    { config: write, schema: { body: NewWebhook, response: { 201: Made } } },
    async (request, reply) => {
      const made = await webhooks.create(requirePrincipal(request).userId, request.body)
      await parts.audit.record(actorOf(request), 'webhook.create', made.id)
      reply.code(201).headers({ location: `/api/v1/webhooks/${made.id}`, 'cache-control': 'no-store' })
      return { ...show(made), secret: made.secret }
    },
  )

  server.get('/api/v1/webhooks/:id', { config: read, schema: one }, async request =>
    show(await webhooks.find(requirePrincipal(request).userId, request.params.id)),
  )

  server.patch(
    '/api/v1/webhooks/:id',
    { config: write, schema: { ...one, body: Changes } },
    async request => {
      const { id } = request.params
      const changed = await webhooks.update(requirePrincipal(request).userId, id, request.body)
      await parts.audit.record(actorOf(request), 'webhook.change', id)
      return show(changed)
    },
  )

  const bare = { config: write, schema: { params: WebhookId } }
  server.delete('/api/v1/webhooks/:id', bare, async (request, reply) => {
    await webhooks.remove(requirePrincipal(request).userId, request.params.id)
    await parts.audit.record(actorOf(request), 'webhook.remove', request.params.id)
    return reply.code(204).send()
  })

  const list = { params: WebhookId, response: { 200: listOf(Delivery) } }
  server.get('/api/v1/webhooks/:id/deliveries', { config: read, schema: list }, async request => {
    const items = await webhooks.listDeliveries(requirePrincipal(request).userId, request.params.id)
    return { items: items.map(showDelivery), nextCursor: null }
  })

  server.post(
    '/api/v1/webhooks/:id/deliveries/:deliveryId/redeliver',
    { config: write, schema: { params: DeliveryId, response: { 202: Delivery } } },
    async (request, reply) => {
      const { id, deliveryId } = request.params
      const delivery = await webhooks.redeliver(requirePrincipal(request).userId, id, deliveryId)
      return reply.code(202).send(showDelivery(delivery))
    },
  )
}

function show({ id, url, events, createdAt }: Webhook) {
  return { id, url, events, createdAt: createdAt.toISOString() }
}

function showDelivery(delivery: WebhookDelivery) {
  const { createdAt, at, ...rest } = delivery
  return { ...rest, createdAt: createdAt.toISOString(), at: at?.toISOString() ?? null }
}
