import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Signer } from '../../delivery/signing.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { ImageLists } from '../../metadata/image-lists.ts'
import type { ImageRepository } from '../../metadata/images.ts'
import { requirePrincipal } from '../principal.ts'
import { ImageSchema, serializeImage } from '../schemas/image.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly images: Pick<ImageRepository, 'find'>
  readonly imageLists: Pick<ImageLists, 'findSimilar'>
  readonly signer: Pick<Signer, 'originalUrls'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly duplicates: Parts
  }
}

const Query = Type.Object(
  {
    distance: Type.Integer({
      minimum: 0,
      maximum: 16,
      default: 8,
      description: 'how many of the 64 bits of the perceptual hashes may differ',
    }),
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
  },
  { additionalProperties: false },
)

const Duplicates = Type.Object({
  items: Type.Array(
    Type.Object({
      exact: Type.Boolean({ description: 'whether the bytes are identical' }),
      distance: Type.Union([Type.Integer(), Type.Null()], {
        description: 'differing bits of the perceptual hashes; null until both images have been analysed',
      }),
      image: ImageSchema,
    }),
  ),
})

/** The user's images that equal an image byte for byte or look similar: `GET /api/v1/images/:id/duplicates`. */
export default async function duplicateRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.get(
    '/api/v1/images/:id/duplicates',
    {
      config: { access: 'images:read' },
      schema: {
        summary: 'Find duplicates of an image',
        params: IdParamsSchema,
        querystring: Query,
        response: { 200: Duplicates },
      },
    },
    async request => {
      const { userId } = requirePrincipal(request)
      const original = await parts.images.find(userId, request.params.id)
      if (original?.state !== 'ready') throw new DarkroomError('not-found', 'there is no such image')
      const found = await parts.imageLists.findSimilar(userId, original.id, request.query)
      const rawUrl = await parts.signer.originalUrls(userId)
      const items = found.map(({ distance, ...image }) => ({
        exact: image.sha256 === original.sha256,
        distance,
        image: serializeImage(image, rawUrl(image)),
      }))
      return { items }
    },
  )
}
