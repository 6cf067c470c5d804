import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { maxExpiresIn, type Signer, type SigningRequest } from '../../delivery/signing.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { extensions } from '../../url/address.ts'
import { maxDownloadBytes } from '../../url/download.ts'
import { checked } from '../openapi/checked.ts'
import { imageRequest, infoRequest, operationRef } from '../openapi/operation-schemas.ts'
import { requirePrincipal } from '../principal.ts'
import { noNul } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly signer: Pick<Signer, 'sign' | 'signAll'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly sign: Parts
  }
}

const Body = Type.Object(
  {
    path: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2048,
        format: 'image-path',
        description: 'path to sign as it is',
      }),
    ),
    imageId: Type.Optional(
      Type.String({ pattern: '^[a-z0-9]{6,32}$', description: 'image to build a URL for, instead of path' }),
    ),
    operations: Type.Optional(
      Type.Array(Type.Object({ op: Type.String({ maxLength: 60 }) }, { additionalProperties: true }), {
        maxItems: 32,
        ...checked({ items: operationRef }),
        description: 'one object per operation',
      }),
    ),
    format: Type.Optional(
      Type.String({
        maxLength: 8,
        ...checked({ enum: [...extensions, 'jpeg'] }),
        description: 'extension; auto if absent; json for the operation info alone',
      }),
    ),
    expiresIn: Type.Optional(
      Type.Integer({ minimum: 1, maximum: maxExpiresIn, description: 'lifetime of the URL, in seconds' }),
    ),
    policy: Type.Optional(
      Type.String({
        maxLength: 32,
        pattern: noNul,
        description:
          'name of a policy; the signature is valid for every URL of the image that the policy allows',
      }),
    ),
    download: Type.Optional(
      Type.String({
        maxLength: maxDownloadBytes,
        format: 'file-name',
        ...checked({ minLength: 1 }),
        description:
          'file name under which browsers save the image; its extension is adjusted to the delivered format',
      }),
    ),
  },
  {
    additionalProperties: false,
    ...checked({
      oneOf: [
        { required: ['path'], properties: { imageId: false, operations: false, format: false } },
        { required: ['imageId'], properties: { path: false, ...imageRequest } },
        { required: ['imageId', 'operations', 'format'], properties: { path: false, ...infoRequest } },
      ],
    }),
  },
)

const Signed = Type.Object({
  url: Type.String({ description: 'signed URL that begins with the public URL of the service' }),
  path: Type.String({ description: 'path and query, valid on any host' }),
  expires: Type.Union([Type.Integer({ description: 'expiry in Unix seconds' }), Type.Null()]),
})

/** Enough for the URLs of a page. */
const Batch = Type.Array(Body, { minItems: 1, maxItems: 100 })

/** Signs paths, or images with operations: `POST /api/v1/sign`, and many at once `POST /api/v1/sign/batch`. */
export default async function signRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'sign' as const }
  server.post(
    '/api/v1/sign',
    { config, schema: { summary: 'Sign a URL', body: Body, response: { 200: Signed } } },
    async request => parts.signer.sign(requirePrincipal(request).userId, parseRequest(request.body)),
  )

  const schema = { summary: 'Sign many URLs', body: Batch, response: { 200: Type.Array(Signed) } }
  server.post('/api/v1/sign/batch', { config, schema }, async request =>
    parts.signer.signAll(
      requirePrincipal(request).userId,
      request.body.map((item, index) => parseRequest(item, `${index}: `)),
    ),
  )
}

/**
 * Parses a body, which has a path or an image, never both. `prefix` is its place in a batch, for the error.
 * @throws DarkroomError `bad-request`
 */
function parseRequest(body: Type.Static<typeof Body>, prefix = ''): SigningRequest {
  const { path, imageId, operations, format, expiresIn, policy, download } = body
  const terms = { expiresIn, policy, download }
  if (path !== undefined) {
    if ((imageId ?? operations ?? format) === undefined) return { path, ...terms }
    const detail = 'path: cannot be combined with imageId, operations or format'
    throw new DarkroomError('bad-request', prefix + detail)
  }
  if (imageId !== undefined) {
    return { imageId, operations: operations ?? [], format: format ?? 'auto', ...terms }
  }
  throw new DarkroomError(
    'bad-request',
    `${prefix}path, imageId: none is given, expected exactly one of them`,
  )
}
