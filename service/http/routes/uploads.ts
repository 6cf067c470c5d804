import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Signer } from '../../delivery/signing.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { sanitizeFileName } from '../../ingest/file-name.ts'
import { fileTooLarge, type StagedFile } from '../../ingest/upload-staging.ts'
import type { Uploads } from '../../ingest/uploads.ts'
import type { DuplicateRepository } from '../../metadata/duplicates.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { parseFormLabels } from '../labels.ts'
import { requirePrincipal } from '../principal.ts'
import { maxReportedDuplicates, serializeImage, UploadedImageSchema } from '../schemas/image.ts'

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

/** How long an upload may take, in milliseconds. */
const uploadMs = 600_000
/** Allowance for the form's fields and boundaries beside the file, in bytes. */
const formBytes = 1024 * 1024

const string = { type: 'string' }
/** The form, for the OpenAPI document. */
const form = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object',
        required: ['file'],
        properties: { file: {}, title: string, tags: string, alt: string, metadata: string },
      },
    },
  },
}

/** Uploads an image: `POST /api/v1/images`, a multipart form with `file`, and `title`, `tags`, `alt` and `metadata` before or after it. */
export default async function uploadRoutes(server: FastifyInstance, parts: Parts): Promise<void> {
  await server.register(multipart, {
    // the upload itself enforces the file's limit while it is received
    limits: { fileSize: Number.POSITIVE_INFINITY, files: 1, fields: 60, fieldSize: 16 * 1024, parts: 61 },
  })
  const options = {
    config: { access: 'images:write' as const, openapi: { operation: { requestBody: form } } },
    schema: { summary: 'Upload an image', response: { 201: UploadedImageSchema } },
    handlerTimeout: uploadMs,
    bodyLimit: parts.maxUploadBytes + formBytes,
  }
  server.post('/api/v1/images', options, async (request, reply) => {
    const { userId } = requirePrincipal(request)
    if (Number(request.headers['content-length'] ?? 0) > parts.maxUploadBytes + formBytes)
      throw fileTooLarge(parts.maxUploadBytes)
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

/** Reads the form to its end, as fields may follow the file. */
async function readForm(request: FastifyRequest, { receive }: Uploads, signal: AbortSignal) {
  const fields: [name: string, value: string][] = []
  let file: StagedFile | undefined
  let fileName: string | null = null
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields.push([part.fieldname, String(part.value)])
      else if (part.fieldname === 'file') {
        fileName = sanitizeFileName(part.filename)
        file = await receive(part.file, signal)
      } else
        throw new DarkroomError(
          'bad-request',
          `${part.fieldname.slice(0, 60)}: must not be a file, expected the file in the field file`,
        )
    }
    if (file === undefined) throw new DarkroomError('bad-request', 'file: is required')
    return { file, fileName, fields }
  } catch (error) {
    await file?.dispose()
    throw asFormError(error)
  }
}

/** The form parser throws plain errors for malformed forms. Errors of files and of Fastify have a class or a code. */
function asFormError(error: unknown): unknown {
  if (!(error instanceof Error) || error.constructor !== Error || 'code' in error) return error
  return new DarkroomError('bad-request', `the form is malformed: ${error.message}`, { cause: error })
}
