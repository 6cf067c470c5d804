import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Signer } from '../../delivery/signing.ts'
import type { Uploads } from '../../ingest/uploads.ts'
import type { DuplicateRepository } from '../../metadata/duplicates.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { parseFormLabels } from '../labels.ts'
import { requirePrincipal } from '../principal.ts'
import { maxReportedDuplicates, serializeImage, UploadedImageSchema } from '../schemas/image.ts'
import { noControls, tagList } from '../schemas/text.ts'
import { acceptForms, formBytes, formDocs, readForm, requireFormLength, uploadMs } from '../upload-form.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly uploads: Uploads
  readonly duplicates: Pick<DuplicateRepository, 'findByContent'>
  readonly signer: Pick<Signer, 'originalUrls'>
  readonly maxUploadBytes: number
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly uploads: Parts
  }
}

/** The form, for the OpenAPI document. */
const form = formDocs({
  title: { type: 'string', maxLength: 200, pattern: noControls, description: 'title' },
  tags: {
    type: 'string',
    ...tagList,
    description: 'tags, at most 50 of at most 64 characters each, separated by commas',
  },
  alt: { type: 'string', maxLength: 1_000, pattern: noControls, description: 'alt text' },
  metadata: { type: 'string', format: 'json-metadata', description: 'custom metadata as JSON' },
})

/** Uploads an image: `POST /api/v1/images`, a multipart form with `file`, and `title`, `tags`, `alt` and `metadata` before or after it. */
export default async function uploadRoutes(server: FastifyInstance, parts: Parts): Promise<void> {
  await acceptForms(server)
  const options = {
    config: {
      access: 'images:write' as const,
      deadlineMs: uploadMs,
      openapi: { operation: { requestBody: form } },
    },
    schema: { summary: 'Upload an image', response: { 201: UploadedImageSchema } },
    bodyLimit: parts.maxUploadBytes + formBytes,
  }
  server.post('/api/v1/images', options, async (request, reply) => {
    const { userId } = requirePrincipal(request)
    requireFormLength(request, parts.maxUploadBytes)
    const signal = disconnectSignal(reply)
    return parts.uploads.runInSlot(userId, signal, () => receiveUpload(parts, request, reply, signal))
  })
}

async function receiveUpload(
  { uploads, signer, duplicates }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
) {
  const { userId } = requirePrincipal(request)
  // loaded first: nothing may fail once the image exists
  const rawUrl = await signer.originalUrls(userId)
  const { file, fileName, fields } = await readForm(request, uploads, signal)
  try {
    const labels = { ...parseFormLabels(fields), fileName }
    const existing = await duplicates.findByContent(userId, file.sha256, maxReportedDuplicates)
    const image = await uploads.accept(userId, file, labels, signal)
    reply.code(201).header('location', `/api/v1/images/${image.id}`)
    return { ...serializeImage(image, rawUrl(image)), duplicates: existing }
  } finally {
    await file.dispose()
  }
}
