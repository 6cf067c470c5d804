import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Signer } from '../../delivery/signing.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { Derivative, DerivativeRepository } from '../../metadata/derivatives.ts'
import type { ImageRepository } from '../../metadata/images.ts'
import { hitDays, type UsageRepository } from '../../metadata/usage-rollups.ts'
import { requirePrincipal } from '../principal.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly images: Pick<ImageRepository, 'find'>
  readonly derivatives: Pick<DerivativeRepository, 'listForImage'>
  readonly signer: Pick<Signer, 'derivativeUrls'>
  readonly usageRepository: Pick<UsageRepository, 'countHits'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly derivatives: Parts
  }
}

const DerivativeSchema = Type.Object({
  fileName: Type.String({ description: 'canonical file name' }),
  format: Type.String(),
  width: Type.Integer({ description: 'pixels' }),
  height: Type.Integer({ description: 'pixels' }),
  bytes: Type.Integer({ description: 'size of the file' }),
  etag: Type.String(),
  costMs: Type.Number({ description: 'how long its rendering took, in milliseconds' }),
  createdAt: Type.String({ description: 'ISO 8601' }),
  hits: Type.Integer({
    description: `requests in the last ${hitDays} days (UTC); a lower bound, as only the most requested files of a day are counted`,
  }),
  url: Type.Optional(
    Type.String({
      description: 'signed URL; absent without a signing key, or when URLs may only use presets',
    }),
  ),
})

const Page = pageOf(DerivativeSchema)

/** The derivatives of an image: `GET /api/v1/images/:id/derivatives`. */
export default async function derivativeRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const schema = {
    summary: 'List the derivatives of an image',
    params: IdParamsSchema,
    querystring: PageQuerySchema,
    response: { 200: Page },
  }
  server.get(
    '/api/v1/images/:id/derivatives',
    { config: { access: 'images:read' }, schema },
    async request => {
      const { userId } = requirePrincipal(request)
      const image = await parts.images.find(userId, request.params.id)
      if (image?.state !== 'ready') throw new DarkroomError('not-found', 'there is no such image')
      const page = await parts.derivatives.listForImage(userId, image.id, request.query)
      const urlOf = await parts.signer.derivativeUrls(userId)
      const hits = await parts.usageRepository.countHits(
        userId,
        page.items.map(({ fileName }) => fileName),
      )
      const items = page.items.map(one => serialize(one, hits.get(one.fileName) ?? 0, urlOf?.(one.fileName)))
      return { items, nextCursor: page.nextCursor }
    },
  )
}

function serialize(
  derivative: Derivative,
  hits: number,
  url: string | undefined,
): Type.Static<typeof DerivativeSchema> {
  const { fileName, format, width, height, bytes, etag, costMs, createdAt } = derivative
  const facts = { fileName, format, width, height, bytes, etag, costMs }
  const fields = { ...facts, createdAt: createdAt.toISOString(), hits }
  return url === undefined ? fields : { ...fields, url }
}
