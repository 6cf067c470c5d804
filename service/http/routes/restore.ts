import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { AuditLog } from '../../auth/audit-log.ts'
import type { Signer } from '../../delivery/signing.ts'
import type { ImageDeleter } from '../../removal/image-deleter.ts'
import { actorOf } from '../client-info.ts'
import { requirePrincipal } from '../principal.ts'
import { ImageSchema, serializeImage } from '../schemas/image.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly imageDeleter: Pick<ImageDeleter, 'restore'>
  readonly signer: Pick<Signer, 'originalUrls'>
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly restore: Parts
  }
}

/** Restores a deleted image while its original is kept, for a week: `POST /api/v1/images/:id/restore`. */
export default async function restoreRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.post(
    '/api/v1/images/:id/restore',
    {
      config: { access: 'images:write' },
      schema: { summary: 'Restore a deleted image', params: IdParamsSchema, response: { 200: ImageSchema } },
    },
    async request => {
      const { userId } = requirePrincipal(request)
      const rawUrl = await parts.signer.originalUrls(userId)
      const image = await parts.imageDeleter.restore(userId, request.params.id)
      await parts.audit.record(actorOf(request), 'image.restore', image.id)
      return serializeImage(image, rawUrl(image))
    },
  )
}
