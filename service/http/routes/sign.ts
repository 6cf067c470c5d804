import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { maxExpiresIn, type SigningRequest } from '../../deliver/signing.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { RouteOptions } from '../parts.ts'
import { principalOf } from '../principal.ts'

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
  },
  { additionalProperties: false },
)

const Signed = Type.Object({
  url: Type.String(),
  path: Type.String({ description: 'path and query, for any host' }),
  expires: Type.Union([Type.Integer({ description: 'Unix seconds' }), Type.Null()]),
})

/** `POST /api/v1/sign`: a signed URL of a path, or of an image with operations. */
export default async function sign(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.post('/api/v1/sign', { schema: { body: Body, response: { 200: Signed } } }, async request =>
    parts.signer.sign(principalOf(request).userId, readRequest(request.body)),
  )
}

/** A body names a path or an image, never both. @throws DarkroomError `bad-request` */
function readRequest({
  path,
  imageId,
  operations,
  format,
  expiresIn,
}: Type.Static<typeof Body>): SigningRequest {
  if (path !== undefined) {
    const other = imageId ?? operations ?? format
    if (other !== undefined)
      throw new DarkroomError('bad-request', 'path: cannot stand beside imageId, operations or format')
    return { path, expiresIn }
  }
  if (imageId === undefined) throw new DarkroomError('bad-request', 'path or imageId: one of them is needed')
  return { imageId, operations: operations ?? [], format: format ?? 'auto', expiresIn }
}
