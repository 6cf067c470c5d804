import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { WebhookDelivery } from '../../metadata/webhook-deliveries.ts'
import { deliveredEvents } from '../../metadata/webhooks.ts'
import type { Webhooks } from '../../webhooks/webhooks.ts'
import { requirePrincipal } from '../principal.ts'
import { listOf } from '../schemas/pagination.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly webhooks: Pick<Webhooks, 'listDeliveries' | 'redeliver' | 'sendTest'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly 'webhook-deliveries': Parts
  }
}

const DeliveryId = Type.Object({ id: Type.String(), deliveryId: Type.String() })

const Delivery = Type.Object({
  id: Type.String({ description: 'id of the event, also in the body' }),
  event: Type.Enum(deliveredEvents),
  status: Type.Enum(['pending', 'delivered', 'failed']),
  attempts: Type.Integer(),
  responseCode: Type.Union([Type.Integer(), Type.Null()]),
  detail: Type.Union([Type.String(), Type.Null()], { description: 'why the last attempt failed' }),
  createdAt: Type.String({ description: 'ISO 8601' }),
  at: Type.Union([Type.String({ description: 'ISO 8601; time of the last attempt' }), Type.Null()]),
})

/**
 * The latest deliveries of a webhook: `GET /api/v1/webhooks/:id/deliveries`,
 * `POST /api/v1/webhooks/:id/deliveries/:deliveryId/redeliver`, `POST /api/v1/webhooks/:id/test`.
 */
export default async function webhookDeliveryRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { webhooks } = parts

  const list = {
    summary: 'List the deliveries of a webhook',
    params: IdParamsSchema,
    response: { 200: listOf(Delivery) },
  }
  server.get(
    '/api/v1/webhooks/:id/deliveries',
    { config: { access: 'images:read' }, schema: list },
    async request => {
      const items = await webhooks.listDeliveries(requirePrincipal(request).userId, request.params.id)
      return { items: items.map(serialize), nextCursor: null }
    },
  )

  server.post(
    '/api/v1/webhooks/:id/deliveries/:deliveryId/redeliver',
    {
      config: { access: 'images:write' },
      schema: { summary: 'Send a delivery again', params: DeliveryId, response: { 202: Delivery } },
    },
    async (request, reply) => {
      const { id, deliveryId } = request.params
      const delivery = await webhooks.redeliver(requirePrincipal(request).userId, id, deliveryId)
      return reply.code(202).send(serialize(delivery))
    },
  )

  const test = { summary: 'Send a test event', params: IdParamsSchema, response: { 202: Delivery } }
  server.post(
    '/api/v1/webhooks/:id/test',
    { config: { access: 'images:write' }, schema: test },
    async (request, reply) => {
      const delivery = await webhooks.sendTest(requirePrincipal(request).userId, request.params.id)
      return reply.code(202).send(serialize(delivery))
    },
  )
}

function serialize(delivery: WebhookDelivery) {
  const { createdAt, at, ...rest } = delivery
  return { ...rest, createdAt: createdAt.toISOString(), at: at?.toISOString() ?? null }
}
