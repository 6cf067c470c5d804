import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { ImageLists } from '../../metadata/image-lists.ts'
import type { ImageRepository } from '../../metadata/images.ts'
import { requirePrincipal } from '../principal.ts'
import { ImageFilters, parseImageFilters } from '../schemas/image-filters.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly images: Pick<ImageRepository, 'find'>
  readonly imageLists: Pick<ImageLists, 'findNeighbours'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly neighbours: Parts
  }
}

const Neighbours = Type.Object({
  previous: Type.Union([Type.String(), Type.Null()], {
    description: 'id of the image before it; null for the first one',
  }),
  next: Type.Union([Type.String(), Type.Null()], {
    description: 'id of the image after it; null for the last one',
  }),
})

/** The images before and after an image in a list: `GET /api/v1/images/:id/neighbours`. */
export default async function neighbourRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.get(
    '/api/v1/images/:id/neighbours',
    {
      config: { access: 'images:read' },
      schema: {
        summary: 'Find the images before and after an image in a list',
        params: IdParamsSchema,
        querystring: Type.Object(ImageFilters, { additionalProperties: false }),
        response: { 200: Neighbours },
      },
    },
    async request => {
      const { userId } = requirePrincipal(request)
      const image = await parts.images.find(userId, request.params.id)
      if (image?.state !== 'ready') throw new DarkroomError('not-found', 'there is no such image')
      return parts.imageLists.findNeighbours(userId, image, parseImageFilters(request.query))
    },
  )
}
