import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { PurgeTarget } from '../../removal/purge-job.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import type { RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'

/** Of any form: what is no id is as unknown as another user's. */
const ImageId = Type.Object({ id: Type.String() })

const Body = Type.Object(
  {
    imageId: Type.Optional(Type.String()),
    tag: Type.Optional(Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\u0000-\\u001f]+$' })),
    preset: Type.Optional(
      Type.String({
        maxLength: 32,
        pattern: '^[a-z0-9]+$',
        description: 'what was asked for by its name, or holds what it stands for now',
      }),
    ),
    all: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
)

const Purged = Type.Object({ derivatives: Type.Integer({ description: 'how many were on record' }) })
const Accepted = Type.Object({ queued: Type.Literal(true) })

/**
 * Takes derivatives away, which are developed again when they are asked for: of one image before the answer,
 * `POST /api/v1/images/:id/purge`; of one or many behind it, `POST /api/v1/purge`.
 */
export default async function purge(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { purger } = parts
  const config = { access: 'images:write' as const }

  server.post(
    '/api/v1/images/:id/purge',
    { config, schema: { params: ImageId, response: { 200: Purged } } },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      return { derivatives: await purger.purge(userId, request.params.id, disconnectSignal(reply)) }
    },
  )

  const schema = { body: Body, response: { 200: Purged, 202: Accepted } }
  server.post('/api/v1/purge', { config, schema }, async (request, reply) => {
    const { userId } = requirePrincipal(request)
    const target = readTarget(request.body)
    if ('imageId' in target)
      return { derivatives: await purger.purge(userId, target.imageId, disconnectSignal(reply)) }
    await purger.enqueue(userId, target)
    return reply.code(202).send({ queued: true })
  })
}

/** @throws DarkroomError `bad-request` */
function readTarget(body: Type.Static<typeof Body>): PurgeTarget | { imageId: string } {
  const { imageId, tag, preset, all } = body
  const targets = [
    ...(imageId === undefined ? [] : [{ imageId }]),
    ...(tag === undefined ? [] : [{ tag }]),
    ...(preset === undefined ? [] : [{ preset }]),
    ...(all === undefined ? [] : [{ all }]),
  ]
  const [target] = targets
  if (target !== undefined && targets.length === 1) return target
  const named = Object.keys(body).join(', ')
  const found = targets.length === 0 ? 'there is none' : `there are ${named}`
  throw new DarkroomError('bad-request', `imageId, tag, preset or all: expected one of them, ${found}`)
}
