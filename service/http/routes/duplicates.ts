import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'
import { ImageSchema, serializeImage } from '../schemas/image.ts'

/** Of any form: what is no id is as unknown as another user's. */
const ImageId = Type.Object({ id: Type.String() })

const Query = Type.Object(
  {
    distance: Type.Integer({
      minimum: 0,
      maximum: 16,
      default: 8,
      description: 'by how many of 64 bits the perceptual hashes may differ',
    }),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  },
  { additionalProperties: false },
)

const Found = Type.Object({
  items: Type.Array(
    Type.Object({
      exact: Type.Boolean({ description: 'the same bytes' }),
      distance: Type.Union([Type.Integer(), Type.Null()], {
        description: 'of 64 bits; null when one of the two was not looked at yet',
      }),
      image: ImageSchema,
    }),
  ),
})

/** The user's images that are the same as one, or look like it: `GET /api/v1/images/:id/duplicates`. */
export default async function duplicates(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.get(
    '/api/v1/images/:id/duplicates',
    {
      config: { access: 'images:read' },
      schema: { params: ImageId, querystring: Query, response: { 200: Found } },
    },
    async request => {
      const { userId } = requirePrincipal(request)
      const one = await parts.images.find(userId, request.params.id)
      if (one?.state !== 'ready') throw new DarkroomError('not-found', 'there is no such image')
      const found = await parts.duplicates.findSimilar(userId, one.id, request.query)
      const rawUrl = await parts.signer.originalUrls(userId)
      const items = found.map(({ distance, ...image }) => ({
        exact: image.sha256 === one.sha256,
        distance,
        image: serializeImage(image, rawUrl(image)),
      }))
      return { items }
    },
  )
}
