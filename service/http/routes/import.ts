import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { disconnectSignal } from '../disconnect-signal.ts'
import { parseJsonLabels } from '../labels.ts'
import type { RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'
import { maxReportedDuplicates, serializeImage, UploadedImageSchema } from '../schemas/image.ts'

/** How long an import may take, in milliseconds: fetching, and what an upload takes. */
const importMs = 180_000

const Body = Type.Object(
  {
    url: Type.String({ minLength: 1, description: 'http or https, of a public host' }),
    title: Type.Optional(Type.String()),
    tags: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

/** Takes an image in from where it is: `POST /api/v1/images/import`, answered as an upload. */
export default async function imports(instance: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const { uploads, importer, duplicates, signer } = parts
  server.post(
    '/api/v1/images/import',
    {
      config: { access: 'images:write' },
      schema: { body: Body, response: { 201: UploadedImageSchema } },
      handlerTimeout: importMs,
    },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const { url, ...said } = request.body
      const { title = '', tags = [] } = parseJsonLabels({ title: said.title, tags: said.tags })
      const signal = disconnectSignal(reply)
      const leave = uploads.admit(userId)
      try {
        const rawUrl = await signer.originalUrls(userId)
        const { fileName, ...file } = await importer.fetch(userId, url, signal)
        try {
          const known = await duplicates.findByContent(userId, file.sha256, maxReportedDuplicates)
          const image = await uploads.accept(userId, file, { title, tags, fileName }, signal)
          reply.code(201).header('location', `/api/v1/images/${image.id}`)
          return { ...serializeImage(image, rawUrl(image)), duplicates: known }
        } finally {
          await file.dispose()
        }
      } finally {
        leave()
      }
    },
  )
}
