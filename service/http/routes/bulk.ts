import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { AuditLog } from '../../auth/audit-log.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { ApplyBulkAction, BulkRequest } from '../../removal/bulk-actions.ts'
import { actorOf } from '../client-info.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { parseJsonLabels } from '../labels.ts'
import { checked } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'
import { noNul, Tags } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly applyBulkAction: ApplyBulkAction
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly bulk: Parts
  }
}

/** The most ids in one request. */
const maxIds = 200
/** How long an action may take, in milliseconds. */
const bulkMs = 120_000

const Body = Type.Object(
  {
    ids: Type.Array(Type.String({ maxLength: 64, pattern: noNul }), {
      minItems: 1,
      maxItems: maxIds,
      description: 'ids of images',
    }),
    action: Type.Enum(['delete', 'restore', 'tag', 'untag']),
    tags: Type.Optional(
      Type.Array(Tags.items, { minItems: 1, maxItems: 50, description: 'required for tag and untag' }),
    ),
  },
  {
    additionalProperties: false,
    ...checked({
      oneOf: [
        { properties: { action: { enum: ['delete', 'restore'] }, tags: false } },
        {
          required: ['tags'],
          properties: { action: { enum: ['tag', 'untag'] }, tags: { contains: { pattern: '[^\\s,]' } } },
        },
      ],
    }),
  },
)

const Results = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      done: Type.Boolean({ description: 'whether the action was applied' }),
      code: Type.Optional(Type.String({ description: 'why it failed, a problem code' })),
      detail: Type.Optional(Type.String({ description: 'what went wrong' })),
    }),
    { description: 'one per id, in the order of the request; a repeated id is listed once' },
  ),
})

/** Applies one action to many images: `POST /api/v1/images/bulk`. A failure of one image does not stop the others. */
export default async function bulkRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.post(
    '/api/v1/images/bulk',
    {
      config: { access: 'images:write', deadlineMs: bulkMs },
      schema: {
        summary: 'Delete, restore, tag or untag many images',
        body: Body,
        response: { 200: Results },
      },
    },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const order = parseAction(request.body)
      const { ids } = request.body
      const audit = (count: string) =>
        parts.audit.record(actorOf(request), `image.${order.action}.bulk`, `${count} of ${ids.length}`)
      const results = await parts
        .applyBulkAction(userId, ids, order, disconnectSignal(reply))
        .catch(async error => {
          // the client may have disconnected after the action was applied to some of the images
          await audit('some')
          throw error
        })
      await audit(String(results.filter(({ code }) => code === undefined).length))
      return { items: results.map(result => ({ ...result, done: result.code === undefined })) }
    },
  )
}

/** @throws DarkroomError `bad-request` */
function parseAction({ action, tags: given }: Type.Static<typeof Body>): BulkRequest {
  if (action === 'delete' || action === 'restore') {
    if (given === undefined) return { action }
    throw new DarkroomError('bad-request', `tags: must be absent for the action ${action}`)
  }
  const { tags = [] } = parseJsonLabels({ title: undefined, tags: given })
  if (tags.length === 0) throw new DarkroomError('bad-request', `tags: are required for the action ${action}`)
  return { action, tags }
}
