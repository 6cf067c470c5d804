import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { maxExpiresIn, type SigningRequest } from '../../delivery/signing.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'

const Body = Type.Object(
  {
    path: Type.Optional(
      Type.String({ minLength: 1, maxLength: 2048, description: 'a path to sign as it stands' }),
    ),
    imageId: Type.Optional(Type.String({ pattern: '^[a-z0-9]{6,32}$' })),
    operations: Type.Optional(
      Type.Array(Type.Object({ op: Type.String({ maxLength: 60 }) }, { additionalProperties: true }), {
        maxItems: 32,
      }),
    ),
    format: Type.Optional(Type.String({ maxLength: 8 })),
    expiresIn: Type.Optional(Type.Integer({ minimum: 1, maximum: maxExpiresIn, description: 'seconds' })),
    policy: Type.Optional(
      Type.String({
        maxLength: 32,
        description: 'name of a policy: the signature holds for whatever it allows of the image',
      }),
    ),
  },
  { additionalProperties: false },
)

const Signed = Type.Object({
  url: Type.String(),
  path: Type.String({ description: 'path and query, for any host' }),
  expires: Type.Union([Type.Integer({ description: 'Unix seconds' }), Type.Null()]),
})

/** As many URLs as a page may need. */
const Batch = Type.Array(Body, { minItems: 1, maxItems: 100 })

/** Signed URLs of paths, or of images with operations: `POST /api/v1/sign`, and many at once `POST /api/v1/sign/batch`. */
export default async function sign(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'sign' as const }
  server.post('/api/v1/sign', { config, schema: { body: Body, response: { 200: Signed } } }, async request =>
    parts.signer.sign(requirePrincipal(request).userId, readRequest(request.body)),
  )

  const schema = { body: Batch, response: { 200: Type.Array(Signed) } }
  server.post('/api/v1/sign/batch', { config, schema }, async request =>
    parts.signer.signAll(
      requirePrincipal(request).userId,
      request.body.map((one, index) => readRequest(one, `${index}: `)),
    ),
  )
}

/** A body names a path or an image, never both; `place` says which of several it is. @throws DarkroomError `bad-request` */
function readRequest(body: Type.Static<typeof Body>, place = ''): SigningRequest {
  const { path, imageId, operations, format, expiresIn, policy } = body
  if (path !== undefined) {
    if ((imageId ?? operations ?? format) === undefined) return { path, expiresIn, policy }
    const problem = 'path: cannot stand beside imageId, operations or format'
    throw new DarkroomError('bad-request', place + problem)
  }
  if (imageId !== undefined) {
    return { imageId, operations: operations ?? [], format: format ?? 'auto', expiresIn, policy }
  }
  throw new DarkroomError('bad-request', `${place}path or imageId: one of them is needed`)
}
