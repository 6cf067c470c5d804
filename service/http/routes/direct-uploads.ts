import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyReply } from 'fastify'
import Type from 'typebox'
import type { Signer } from '../../delivery/signing.ts'
import type { DirectUploads } from '../../ingest/direct/direct-uploads.ts'
import { sanitizeFileName } from '../../ingest/file-name.ts'
import type { Uploads } from '../../ingest/uploads.ts'
import type { DuplicateRepository } from '../../metadata/duplicates.ts'
import { descriptionFields, parseDescription } from '../description.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { parseJsonLabels } from '../labels.ts'
import { checked } from '../openapi/checked.ts'
import { requirePrincipal } from '../principal.ts'
import { maxReportedDuplicates, serializeImage, UploadedImageSchema } from '../schemas/image.ts'
import { IdParamsSchema } from '../schemas/params.ts'
import { Tags, Title } from '../schemas/text.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly directUploads: DirectUploads
  readonly uploads: Pick<Uploads, 'runInSlot'>
  readonly duplicates: Pick<DuplicateRepository, 'findByContent'>
  readonly signer: Pick<Signer, 'originalUrls'>
  readonly maxUploadBytes: number
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly 'direct-uploads': Parts
  }
}

/** Maximum milliseconds of completing an upload, which reads the stored file and then does the work of any upload. */
const completeMs = 180_000

/** The body that starts an upload. `maxBytes` is the length of the largest file. */
const startSchema = (maxBytes: number) =>
  Type.Object(
    {
      bytes: Type.Integer({
        minimum: 1,
        ...checked({ maximum: maxBytes }),
        description: 'length of the file',
      }),
      sha256: Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'SHA-256 of the file, in hex' }),
      title: Type.Optional(Title),
      tags: Type.Optional(Tags),
      ...descriptionFields,
      fileName: Type.Optional(Type.String({ description: 'name of the file on the client' })),
    },
    { additionalProperties: false },
  )

const UploadTarget = Type.Object({
  id: Type.String({ description: 'id of the upload, for completing or aborting it' }),
  url: Type.String({ description: 'URL to upload the file to; it needs no other authorization' }),
  method: Type.Literal('PUT'),
  headers: Type.Record(Type.String(), Type.String(), { description: 'headers that the upload must have' }),
  expiresAt: Type.String({ description: 'ISO 8601; time before which the upload must begin' }),
})

/**
 * Direct uploads, whose file goes to the store without passing the service: `POST /api/v1/images/direct`,
 * `POST …/:id/complete` and `DELETE …/:id`.
 */
export default async function directUploadRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const config = { access: 'images:write' as const }
  const { directUploads, uploads } = parts

  server.post(
    '/api/v1/images/direct',
    {
      config,
      schema: {
        summary: 'Start a direct upload',
        body: startSchema(parts.maxUploadBytes),
        response: { 201: UploadTarget },
      },
    },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const { bytes, sha256, fileName, ...labels } = request.body
      const { title = '', tags = [] } = parseJsonLabels({ title: labels.title, tags: labels.tags })
      const described = { title, tags, ...parseDescription(labels), fileName: sanitizeFileName(fileName) }
      const file = { bytes, sha256: sha256.toLowerCase(), ...described }
      const { expiresAt, ...target } = await directUploads.start(userId, file, disconnectSignal(reply))
      reply.code(201)
      return { ...target, method: 'PUT' as const, expiresAt: expiresAt.toISOString() }
    },
  )

  server.post(
    '/api/v1/images/direct/:id/complete',
    {
      config: { ...config, deadlineMs: completeMs },
      schema: {
        summary: 'Complete a direct upload',
        params: IdParamsSchema,
        response: { 200: UploadedImageSchema, 201: UploadedImageSchema },
      },
    },
    async (request, reply) => {
      const { userId } = requirePrincipal(request)
      const signal = disconnectSignal(reply)
      return uploads.runInSlot(userId, signal, () =>
        completeUpload(parts, { userId, id: request.params.id }, reply, signal),
      )
    },
  )

  server.delete(
    '/api/v1/images/direct/:id',
    { config, schema: { summary: 'Abort a direct upload', params: IdParamsSchema } },
    async (request, reply) => {
      await directUploads.cancel(requirePrincipal(request).userId, request.params.id)
      return reply.code(204).send()
    },
  )
}

async function completeUpload(
  parts: Parts,
  { userId, id }: { readonly userId: string; readonly id: string },
  reply: FastifyReply,
  signal: AbortSignal,
) {
  // loaded first: nothing may fail once the image exists
  const rawUrl = await parts.signer.originalUrls(userId)
  const { image, isNew } = await parts.directUploads.complete(userId, id, signal)
  const duplicates = await olderThan(parts, image)
  reply.code(isNew ? 201 : 200).header('location', `/api/v1/images/${image.id}`)
  return { ...serializeImage(image, rawUrl(image)), duplicates }
}

/** The ids of older images with the same bytes. */
async function olderThan(
  { duplicates }: Pick<Parts, 'duplicates'>,
  { id, userId, sha256 }: { id: string; userId: string; sha256: string },
): Promise<string[]> {
  const all = await duplicates.findByContent(userId, sha256, maxReportedDuplicates + 1)
  const index = all.indexOf(id)
  return all.slice(0, index < 0 ? maxReportedDuplicates : index)
}
