import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { actorOf } from '../client-info.ts'
import type { RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'
import { ImageSchema, serializeImage } from '../schemas/image.ts'

/** Of any form: what is no id is as unknown as another user's. */
const ImageId = Type.Object({ id: Type.String() })

/** Takes a deletion back, within the week in which the original is kept: `POST /api/v1/images/:id/restore`. */
export default async function restore(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.post(
    '/api/v1/images/:id/restore',
    { config: { access: 'images:write' }, schema: { params: ImageId, response: { 200: ImageSchema } } },
    async request => {
      const { userId } = requirePrincipal(request)
      const rawUrl = await parts.signer.originalUrls(userId)
      const image = await parts.imageDeleter.restore(userId, request.params.id)
      await parts.audit.record(actorOf(request), 'image.restore', image.id)
      return serializeImage(image, rawUrl(image))
    },
  )
}
