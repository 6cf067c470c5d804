import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { ImageLists } from '../../metadata/image-lists.ts'
import type { Folder } from '../../metadata/image-tag-counts.ts'
import { requirePrincipal } from '../principal.ts'
import { FolderPath, ImageFilters, ImageSelection, parseImageFilters } from '../schemas/image-filters.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly imageLists: Pick<ImageLists, 'listTags' | 'listFolders'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly 'image-tags': Parts
  }
}

const { sort: _, ...filters } = ImageFilters

const TagsQuery = Type.Object(
  {
    ...PageQuerySchema.properties,
    ...filters,
    ...ImageSelection,
    prefix: Type.Optional(
      Type.String({
        maxLength: 64,
        pattern: '^[^\\u0000-\\u001f]*$',
        description: 'only tags that begin with this text; case-insensitive',
      }),
    ),
  },
  { additionalProperties: false },
)

const TagPage = Type.Object({
  ...pageOf(Type.Object({ tag: Type.String(), images: Type.Integer({ description: 'images with the tag' }) }))
    .properties,
  partial: Type.Boolean({
    description:
      'true when a filter selects more than 1,000 images: then only the newest of them are counted',
  }),
})

const FoldersQuery = Type.Object(
  {
    ...PageQuerySchema.properties,
    parent: Type.Optional(FolderPath('path of a folder; the top level by default')),
  },
  { additionalProperties: false },
)

const FolderPage = pageOf(
  Type.Object({
    path: Type.String({ description: 'a value for the parameters folder and parent' }),
    name: Type.String({ description: 'last part of the path' }),
    images: Type.Integer({ description: 'images in the folder and the folders below it' }),
    hasFolders: Type.Boolean({ description: 'whether there are folders below it' }),
  }),
)

/** The tags of the user's images with counts, and as folders: `GET /api/v1/images/tags`, `GET /api/v1/images/folders`. */
export default async function imageTagRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'images:read' as const }

  const tags = {
    summary: 'List the tags of images, the most used first',
    querystring: TagsQuery,
    response: { 200: TagPage },
  }
  server.get('/api/v1/images/tags', { config, schema: tags }, request => {
    const { ids, ...query } = request.query
    const { userId } = requirePrincipal(request)
    return parts.imageLists.listTags(userId, { ...parseImageFilters(query), ids: ids?.split(',') })
  })

  const folders = {
    summary: 'List the folders directly below a folder',
    querystring: FoldersQuery,
    response: { 200: FolderPage },
  }
  server.get('/api/v1/images/folders', { config, schema: folders }, async request => {
    const { parent = '', ...page } = request.query
    const { userId } = requirePrincipal(request)
    const { items, nextCursor } = await parts.imageLists.listFolders(userId, { parent, ...page })
    return { items: items.map(serializeFolder), nextCursor }
  })
}

function serializeFolder({ path, images, hasFolders }: Folder) {
  return { path, name: path.slice(path.lastIndexOf('/') + 1), images, hasFolders }
}
