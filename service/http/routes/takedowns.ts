import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { AuditLog } from '../../auth/audit-log.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { Takedown as Row, TakedownRepository } from '../../metadata/takedowns.ts'
import type { Takedowns, TakedownTarget } from '../../removal/takedowns.ts'
import { actorOf } from '../client-info.ts'
import { exactlyOne } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'
import { noNul } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly takedowns: Takedowns
  readonly takedownRepository: Pick<TakedownRepository, 'list'>
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly takedowns: Parts
  }
}

const Body = Type.Object(
  {
    imageId: Type.Optional(
      Type.String({ pattern: noNul, description: "id of any user's image that has the content" }),
    ),
    sha256: Type.Optional(
      Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the original, in hex' }),
    ),
    reason: Type.String({
      minLength: 1,
      maxLength: 500,
      pattern: noNul,
      description: 'why the content is taken down',
    }),
  },
  { additionalProperties: false, ...exactlyOne('imageId', 'sha256') },
)

const takedownProperties = {
  sha256: Type.String({ description: 'SHA-256 of the original, in hex' }),
  reason: Type.String(),
  by: Type.String({ description: 'id of the administrator' }),
  createdAt: Type.String({ description: 'ISO 8601' }),
}

const CreatedTakedown = Type.Object({
  ...takedownProperties,
  images: Type.Integer({ description: 'number of images deleted' }),
})

const Page = pageOf(Type.Object(takedownProperties))

/**
 * Takedowns, for administrators. A takedown blocks a content, so that no user can store it. `POST` and
 * `GET /api/v1/takedowns`, `DELETE /api/v1/takedowns/:sha256`.
 */
export default async function takedownRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'admin' as const }

  server.post(
    '/api/v1/takedowns',
    { config, schema: { summary: 'Take a content down', body: Body, response: { 201: CreatedTakedown } } },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const { images, ...row } = await parts.takedowns.takeDown(
        parseTarget(request.body),
        request.body.reason,
        userId,
      )
      await parts.audit.record(actorOf(request), 'takedown', row.sha256)
      return reply.code(201).send({ ...serialize(row), images })
    },
  )

  server.get(
    '/api/v1/takedowns',
    { config, schema: { summary: 'List takedowns', querystring: PageQuerySchema, response: { 200: Page } } },
    async request => {
      const { items, nextCursor } = await parts.takedownRepository.list(request.query)
      return { items: items.map(serialize), nextCursor }
    },
  )

  const params = Type.Object({ sha256: Type.String() })
  server.delete(
    '/api/v1/takedowns/:sha256',
    { config, schema: { summary: 'Lift a takedown', params } },
    async (request, reply) => {
      await parts.takedowns.lift(request.params.sha256)
      await parts.audit.record(actorOf(request), 'takedown.lift', request.params.sha256)
      return reply.code(204).send()
    },
  )
}

/** @throws DarkroomError `bad-request` */
function parseTarget({ imageId, sha256 }: Type.Static<typeof Body>): TakedownTarget {
  if (imageId !== undefined && sha256 === undefined) return { imageId }
  if (sha256 !== undefined && imageId === undefined) return { sha256 }
  throw new DarkroomError('bad-request', 'imageId, sha256: expected exactly one of them')
}

function serialize({ sha256, reason, by, createdAt }: Row) {
  return { sha256, reason, by, createdAt: createdAt.toISOString() }
}
