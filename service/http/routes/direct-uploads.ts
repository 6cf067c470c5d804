import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { sanitizeFileName } from '../../ingest/file-name.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { parseJsonLabels } from '../labels.ts'
import type { HttpParts, RouteOptions } from '../parts.ts'
import { requirePrincipal } from '../principal.ts'
import { maxReportedDuplicates, serializeImage, UploadedImageSchema } from '../schemas/image.ts'

/** How long completing may take, in milliseconds: reading what was put, and what an upload takes. */
const completingMs = 180_000

/** Of any form: what is no id is as unknown as another user's. */
const UploadId = Type.Object({ id: Type.String() })

const Body = Type.Object(
  {
    bytes: Type.Integer({ minimum: 1, description: 'how long the file is' }),
    sha256: Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'of the file, in hex' }),
    title: Type.Optional(Type.String()),
    tags: Type.Optional(Type.Array(Type.String())),
    fileName: Type.Optional(Type.String({ description: 'what the file is called where it comes from' })),
  },
  { additionalProperties: false },
)

const Announced = Type.Object({
  id: Type.String(),
  url: Type.String({ description: 'where the file is to be put; whoever has it may' }),
  method: Type.Literal('PUT'),
  headers: Type.Record(Type.String(), Type.String(), { description: 'what must come along with it' }),
  expiresAt: Type.String({ description: 'ISO 8601; until when putting it may begin' }),
})

/** A file past the service: `POST /api/v1/images/direct`, `POST …/:id/complete` and `DELETE …/:id`. */
export default async function directUploads(
  instance: FastifyInstance,
  { parts }: RouteOptions,
): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'images:write' as const }
  const { directUploads, uploads, signer } = parts

  server.post(
    '/api/v1/images/direct',
    { config, schema: { body: Body, response: { 201: Announced } } },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const { bytes, sha256, fileName, ...said } = request.body
      const { title = '', tags = [] } = parseJsonLabels({ title: said.title, tags: said.tags })
      const file = { bytes, sha256: sha256.toLowerCase(), title, tags, fileName: sanitizeFileName(fileName) }
      const { expiresAt, ...way } = await directUploads.reserve(userId, file, disconnectSignal(reply))
      reply.code(201)
      return { ...way, method: 'PUT' as const, expiresAt: expiresAt.toISOString() }
    },
  )

  server.post(
    '/api/v1/images/direct/:id/complete',
    {
      config,
      schema: { params: UploadId, response: { 200: UploadedImageSchema, 201: UploadedImageSchema } },
      handlerTimeout: completingMs,
    },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const leave = uploads.admit(userId)
      try {
        // asked first: nothing may fail any more once the image is there
        const rawUrl = await signer.originalUrls(userId)
        const { image, isNew } = await directUploads.complete(
          userId,
          request.params.id,
          disconnectSignal(reply),
        )
        const duplicates = await olderThan(parts, image)
        reply.code(isNew ? 201 : 200).header('location', `/api/v1/images/${image.id}`)
        return { ...serializeImage(image, rawUrl(image)), duplicates }
      } finally {
        leave()
      }
    },
  )

  server.delete(
    '/api/v1/images/direct/:id',
    { config, schema: { params: UploadId } },
    async (request, reply) => {
      await directUploads.cancel(requirePrincipal(request).userId, request.params.id)
      return reply.code(204).send()
    },
  )
}

/** The images of the same bytes that were there before this one. */
async function olderThan(
  { duplicates }: Pick<HttpParts, 'duplicates'>,
  { id, userId, sha256 }: { id: string; userId: string; sha256: string },
): Promise<string[]> {
  const all = await duplicates.findByContent(userId, sha256, maxReportedDuplicates + 1)
  const own = all.indexOf(id)
  return all.slice(0, own < 0 ? maxReportedDuplicates : own)
}
