import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { BulkRequest } from '../../removal/bulk-actions.ts'
import { actorOf } from '../client-info.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { parseJsonLabels } from '../labels.ts'
import type { RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'

/** How many images one request may name. */
const mostIds = 200
/** How long all of it may take, in milliseconds. */
const bulkMs = 120_000

const Body = Type.Object(
  {
    ids: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: mostIds }),
    action: Type.Enum(['delete', 'restore', 'tag', 'untag']),
    tags: Type.Optional(
      Type.Array(Type.String(), { minItems: 1, maxItems: 50, description: 'to tag and untag' }),
    ),
  },
  { additionalProperties: false },
)

const Results = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      done: Type.Boolean(),
      code: Type.Optional(Type.String({ description: 'why it was not done, as in problems' })),
      detail: Type.Optional(Type.String()),
    }),
    { description: 'one for each id, in their order; an id that is named twice counts once' },
  ),
})

/** The same for many images: `POST /api/v1/images/bulk`. What cannot be done with one is done with the others. */
export default async function bulk(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.post(
    '/api/v1/images/bulk',
    {
      config: { access: 'images:write' },
      schema: { body: Body, response: { 200: Results } },
      handlerTimeout: bulkMs,
    },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const order = readOrder(request.body)
      const { ids } = request.body
      const note = (count: string) =>
        parts.audit.record(actorOf(request), `image.${order.action}.bulk`, `${count} of ${ids.length}`)
      const results = await parts.bulk(userId, ids, order, disconnectSignal(reply)).catch(async error => {
        // whoever goes away has had some of it done
        await note('some')
        throw error
      })
      await note(String(results.filter(({ code }) => code === undefined).length))
      return { items: results.map(result => ({ ...result, done: result.code === undefined })) }
    },
  )
}

/** @throws DarkroomError `bad-request` */
function readOrder({ action, tags: given }: Type.Static<typeof Body>): BulkRequest {
  if (action === 'delete' || action === 'restore') {
    if (given === undefined) return { action }
    throw new DarkroomError('bad-request', `tags: are for tag and untag, not for ${action}`)
  }
  const { tags = [] } = parseJsonLabels({ title: undefined, tags: given })
  if (tags.length === 0) throw new DarkroomError('bad-request', `tags: are needed to ${action}`)
  return { action, tags }
}
