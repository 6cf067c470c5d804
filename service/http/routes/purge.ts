import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import { isPlainText } from '../../metadata/custom-metadata.ts'
import type { PurgeTarget } from '../../removal/purge-task.ts'
import type { Purger } from '../../removal/purger.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { exactlyOne } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'
import { IdParamsSchema } from '../schemas/params.ts'
import { noControls, noNul } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly purger: Pick<Purger, 'purge' | 'enqueue'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly purge: Parts
  }
}

const Body = Type.Object(
  {
    imageId: Type.Optional(Type.String({ pattern: noNul, description: 'derivatives of this image' })),
    tag: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        pattern: noControls,
        description: 'derivatives of all images with this tag',
      }),
    ),
    preset: Type.Optional(
      Type.String({
        maxLength: 32,
        pattern: '^[a-z0-9]+$',
        description: 'derivatives whose URL named this preset, or that contain its current operations',
      }),
    ),
    all: Type.Optional(Type.Literal(true, { description: 'all derivatives of the user' })),
  },
  { additionalProperties: false, ...exactlyOne('imageId', 'tag', 'preset', 'all') },
)

const Purged = Type.Object({ derivatives: Type.Integer({ description: 'number of derivatives removed' }) })
const Accepted = Type.Object({
  queued: Type.Literal(true),
  taskId: Type.String({ description: 'id of the task, which GET /api/v1/jobs lists with its progress' }),
})

/**
 * Purges derivatives, which are rendered again on the next request. `POST /api/v1/images/:id/purge` purges an image
 * before it responds. `POST /api/v1/purge` purges an image before it responds, or a tag, a preset or all derivatives in
 * the background.
 */
export default async function purgeRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { purger } = parts
  const config = { access: 'images:write' as const }

  server.post(
    '/api/v1/images/:id/purge',
    {
      config,
      schema: {
        summary: 'Purge the derivatives of an image',
        params: IdParamsSchema,
        response: { 200: Purged },
      },
    },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      return { derivatives: await purger.purge(userId, request.params.id, disconnectSignal(reply)) }
    },
  )

  const schema = { summary: 'Purge derivatives', body: Body, response: { 200: Purged, 202: Accepted } }
  server.post('/api/v1/purge', { config, schema }, async (request, reply) => {
    const { userId } = requirePrincipal(request)
    const target = parseTarget(request.body)
    if ('imageId' in target)
      return { derivatives: await purger.purge(userId, target.imageId, disconnectSignal(reply)) }
    const taskId = await purger.enqueue(userId, target)
    return reply.code(202).send({ queued: true, taskId })
  })
}

/** @throws DarkroomError `bad-request` */
function parseTarget(body: Type.Static<typeof Body>): PurgeTarget | { imageId: string } {
  const { imageId, tag, preset, all } = body
  if (tag !== undefined && !isPlainText(tag))
    throw new DarkroomError('bad-request', 'tag: must not contain control characters')
  const targets = [
    ...(imageId === undefined ? [] : [{ imageId }]),
    ...(tag === undefined ? [] : [{ tag }]),
    ...(preset === undefined ? [] : [{ preset }]),
    ...(all === undefined ? [] : [{ all }]),
  ]
  const [target] = targets
  if (target !== undefined && targets.length === 1) return target
  const given = targets.length === 0 ? 'none is given' : `${Object.keys(body).join(', ')} are given`
  throw new DarkroomError('bad-request', `imageId, tag, preset, all: ${given}, expected exactly one of them`)
}
