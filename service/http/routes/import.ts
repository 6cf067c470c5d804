import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import type { Signer } from '../../delivery/signing.ts'
import { maxUrlLength } from '../../ingest/import/image-fetcher.ts'
import type { ImageImporter } from '../../ingest/import/image-importer.ts'
import type { Uploads } from '../../ingest/uploads.ts'
import type { DuplicateRepository } from '../../metadata/duplicates.ts'
import { descriptionFields, parseDescription } from '../description.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { parseJsonLabels } from '../labels.ts'
import { checked } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'
import { maxReportedDuplicates, serializeImage, UploadedImageSchema } from '../schemas/image.ts'
import { Tags, Title } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly uploads: Uploads
  readonly importer: ImageImporter
  readonly duplicates: Pick<DuplicateRepository, 'findByContent'>
  readonly signer: Pick<Signer, 'originalUrls'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly import: Parts
  }
}

/** How long an import may take, in milliseconds: fetching the file, and then processing it like any upload. */
const importMs = 180_000

const Body = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      format: 'public-url',
      ...checked({ maxLength: maxUrlLength }),
      description: 'http or https URL on a public host, without user and password',
    }),
    title: Type.Optional(Title),
    tags: Type.Optional(Tags),
    ...descriptionFields,
  },
  { additionalProperties: false },
)

/** Imports an image from a URL: `POST /api/v1/images/import`, with the response of an upload. */
export default async function importRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { uploads, importer, duplicates, signer } = parts
  server.post(
    '/api/v1/images/import',
    {
      config: { access: 'images:write', deadlineMs: importMs },
      schema: { summary: 'Import an image from a URL', body: Body, response: { 201: UploadedImageSchema } },
    },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const { url, ...labels } = request.body
      const { title = '', tags = [] } = parseJsonLabels({ title: labels.title, tags: labels.tags })
      const description = parseDescription(labels)
      const signal = disconnectSignal(reply)
      return uploads.runInSlot(userId, signal, async () => {
        const rawUrl = await signer.originalUrls(userId)
        const { fileName, ...file } = await importer.fetch(userId, url, signal)
        try {
          const existing = await duplicates.findByContent(userId, file.sha256, maxReportedDuplicates)
          const image = await uploads.accept(userId, file, { title, tags, ...description, fileName }, signal)
          reply.code(201).header('location', `/api/v1/images/${image.id}`)
          return { ...serializeImage(image, rawUrl(image)), duplicates: existing }
        } finally {
          await file.dispose()
        }
      })
    },
  )
}
