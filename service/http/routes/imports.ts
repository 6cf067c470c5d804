import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { AuditLog } from '../../auth/audit-log.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { maxUrlLength, parseImportUrl } from '../../ingest/import/image-fetcher.ts'
import type { ImageImports } from '../../ingest/import/image-imports.ts'
import { isPlainText } from '../../metadata/custom-metadata.ts'
import type { ImportRepository, NewImport } from '../../metadata/imports.ts'
import { actorOf } from '../client-info.ts'
import { descriptionFields, parseDescription } from '../description.ts'
import { parseJsonLabels } from '../labels.ts'
import { checked } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'
import { PageQuerySchema, pageOf } from '../schemas/pagination.ts'
import { IdParamsSchema } from '../schemas/params.ts'
import { noControls, Tags, Title } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly imports: Pick<ImageImports, 'create'>
  readonly importRepository: Pick<ImportRepository, 'list'>
  readonly audit: AuditLog
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly imports: Parts
  }
}

/** The most images of one import. */
const maxImages = 1_000

const Entry = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      format: 'public-url',
      ...checked({ maxLength: maxUrlLength }),
      description: 'http or https URL on a public host, without user and password',
    }),
    reference: Type.Optional(
      Type.String({
        maxLength: 200,
        pattern: noControls,
        description: 'what you call the image; the results repeat it',
      }),
    ),
    title: Type.Optional(Title),
    tags: Type.Optional(Tags),
    ...descriptionFields,
  },
  { additionalProperties: false },
)

const Body = Type.Object(
  { images: Type.Array(Entry, { minItems: 1, maxItems: maxImages }) },
  { additionalProperties: false },
)

const Accepted = Type.Object({
  taskId: Type.String({ description: 'id of the task, which GET /api/v1/jobs lists with its progress' }),
  images: Type.Integer({ description: 'number of images of the task' }),
})

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

const Result = Type.Object({
  number: Type.Integer({ description: 'place in the list, from 0' }),
  url: Type.String(),
  reference: nullable('as given'),
  state: Type.Enum(['waiting', 'done', 'failed']),
  imageId: nullable('id of the image; null until it is imported'),
  code: nullable('problem code of a failure'),
  detail: nullable('why it failed'),
})

const Query = Type.Object(
  {
    ...PageQuerySchema.properties,
    state: Type.Optional(Type.Enum(['waiting', 'done', 'failed'], { description: 'only these' })),
  },
  { additionalProperties: false },
)

/**
 * Imports many images in the background: `POST /api/v1/images/imports` creates a task, and
 * `GET /api/v1/images/imports/:id` lists its images with their results.
 */
export default async function importsRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  server.post(
    '/api/v1/images/imports',
    {
      config: { access: 'images:write' },
      schema: { summary: 'Import many images from URLs', body: Body, response: { 202: Accepted } },
    },
    async (request, reply) => {
      const { userId, credential } = requirePrincipal(request)
      const images = request.body.images.map(parseEntry)
      const apiKeyId = credential.kind === 'key' ? credential.id : null
      const taskId = await parts.imports.create(userId, apiKeyId, images)
      await parts.audit.record(actorOf(request), 'image.import.bulk', taskId)
      return reply.code(202).send({ taskId, images: images.length })
    },
  )

  const list = {
    config: { access: 'images:read' as const },
    schema: {
      summary: 'List the images of an import with their results',
      params: IdParamsSchema,
      querystring: Query,
      response: { 200: pageOf(Result) },
    },
  }
  server.get('/api/v1/images/imports/:id', list, async request => {
    const { role, userId } = requirePrincipal(request)
    const owner = role === 'admin' ? null : userId
    const page = await parts.importRepository.list(owner, request.params.id, request.query)
    if (page === undefined) throw new DarkroomError('not-found', 'there is no such import')
    return page
  })
}

/** @throws DarkroomError `bad-request` that names the field */
function parseEntry(entry: Type.Static<typeof Entry>, index: number): NewImport {
  try {
    const { url, reference = null } = entry
    parseImportUrl(url)
    const { title = '', tags = [] } = parseJsonLabels({ title: entry.title, tags: entry.tags })
    // the database cannot store these characters in JSON
    for (const [name, text] of Object.entries({ url, reference: reference ?? '', title, tags: tags.join() }))
      if (!isPlainText(text))
        throw new DarkroomError('bad-request', `${name}: must not contain control characters`)
    return { url, reference, labels: { title, tags, ...parseDescription(entry) } }
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error
    // begins with the field of the image
    throw new DarkroomError(error.code, `images.${index}.${error.message}`, { cause: error })
  }
}
