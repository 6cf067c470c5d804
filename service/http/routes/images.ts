import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { AuditLog } from '../../auth/audit-log.ts'
import type { Signer } from '../../delivery/signing.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { ImageLists } from '../../metadata/image-lists.ts'
import type { ImageRepository } from '../../metadata/images.ts'
import type { ImageDeleter } from '../../removal/image-deleter.ts'
import type { ImageEditor } from '../../removal/image-editor.ts'
import { actorOf } from '../client-info.ts'
import { descriptionChangeFields, parseAlt } from '../description.ts'
import { parseJsonLabels } from '../labels.ts'
import { requirePrincipal } from '../principal.ts'
import { ImageSchema, serializeImage } from '../schemas/image.ts'
import { ImageFilters, ImageSelection, parseImageFilters } from '../schemas/image-filters.ts'
import { pageOf } from '../schemas/pagination.ts'
import { IdParamsSchema } from '../schemas/params.ts'
import { Cursor, Tags, Title } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly images: Pick<ImageRepository, 'find'>
  readonly imageLists: Pick<ImageLists, 'list'>
  readonly imageEditor: ImageEditor
  readonly imageDeleter: Pick<ImageDeleter, 'softDelete' | 'deletePermanently'>
  readonly signer: Pick<Signer, 'originalUrls'>
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly images: Parts
  }
}

const Query = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, maximum: 200, default: 50 }),
    cursor: Type.Optional(Cursor),
    ...ImageFilters,
    ...ImageSelection,
  },
  { additionalProperties: false },
)

const Page = pageOf(ImageSchema)

const Deletion = Type.Object(
  {
    purge: Type.Optional(
      Type.Boolean({
        description:
          'delete permanently, also an image that is already deleted; otherwise it can be restored',
      }),
    ),
  },
  { additionalProperties: false },
)

const Fraction = Type.Number({ minimum: 0, maximum: 1 })

const Changes = Type.Object(
  {
    title: Type.Optional(Title),
    tags: Type.Optional(Tags),
    ...descriptionChangeFields,
    focal: Type.Optional(
      Type.Union([Type.Object({ x: Fraction, y: Fraction }, { additionalProperties: false }), Type.Null()], {
        description: 'focal point that crops keep in view, as fractions of width and height; null for none',
      }),
    ),
  },
  { additionalProperties: false },
)

/**
 * The user's images: `GET /api/v1/images`; `GET`, `PATCH` and `DELETE /api/v1/images/:id`. See `uploads.ts` for
 * uploads.
 */
export default async function imageRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  addReads(instance, parts)
  addWrites(instance, parts)
}

function addReads(instance: FastifyInstance, parts: Parts): void {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'images:read' as const }

  server.get(
    '/api/v1/images',
    { config, schema: { summary: 'List images', querystring: Query, response: { 200: Page } } },
    async request => {
      const { userId } = requirePrincipal(request)
      const { ids, ...query } = request.query
      const page = await parts.imageLists.list(userId, { ...parseImageFilters(query), ids: ids?.split(',') })
      const rawUrl = await parts.signer.originalUrls(userId)
      const items = page.items.map(image => serializeImage(image, rawUrl(image)))
      return { items, nextCursor: page.nextCursor }
    },
  )

  server.get(
    '/api/v1/images/:id',
    { config, schema: { summary: 'Get an image', params: IdParamsSchema, response: { 200: ImageSchema } } },
    async request => {
      const { userId } = requirePrincipal(request)
      const image = await parts.images.find(userId, request.params.id)
      if (image?.state !== 'ready') throw new DarkroomError('not-found', 'there is no such image')
      const rawUrl = await parts.signer.originalUrls(userId)
      return serializeImage(image, rawUrl(image))
    },
  )
}

function addWrites(instance: FastifyInstance, parts: Parts): void {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'images:write' as const }

  server.patch(
    '/api/v1/images/:id',
    {
      config,
      schema: {
        summary: 'Update an image',
        params: IdParamsSchema,
        body: Changes,
        response: { 200: ImageSchema },
      },
    },
    async request => {
      const { userId } = requirePrincipal(request)
      const { title, tags, focal, alt, metadata } = request.body
      const changes = {
        ...parseJsonLabels({ title, tags }),
        ...(focal === undefined ? {} : { focal }),
        ...(alt === undefined ? {} : { alt: parseAlt(alt) }),
        ...(metadata === undefined ? {} : { metadata }),
      }
      const image = await parts.imageEditor.edit(userId, request.params.id, changes)
      const rawUrl = await parts.signer.originalUrls(userId)
      return serializeImage(image, rawUrl(image))
    },
  )

  server.delete(
    '/api/v1/images/:id',
    { config, schema: { summary: 'Delete an image', params: IdParamsSchema, querystring: Deletion } },
    async (request, reply) => {
      const { softDelete, deletePermanently } = parts.imageDeleter
      const { id } = request.params
      const isPermanent = request.query.purge === true
      await (isPermanent ? deletePermanently : softDelete)(requirePrincipal(request).userId, id)
      await parts.audit.record(actorOf(request), isPermanent ? 'image.delete.forever' : 'image.delete', id)
      return reply.code(204).send()
    },
  )
}
