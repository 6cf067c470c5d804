import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Spooled, tooLarge } from '../../deliver/spool.ts'
import type { Uploads } from '../../deliver/upload.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { whileWaiting } from '../disconnect.ts'
import { ImageSchema, showImage } from '../image-schema.ts'
import { readLabels } from '../labels.ts'
import type { RouteOptions } from '../parts.ts'
import { principalOf } from '../principal.ts'

/** How long an upload may take, in milliseconds. */
const uploadMs = 600_000
/** What a form may add to the file: its fields and boundaries, in bytes. */
const formBytes = 1024 * 1024

/** `POST /api/v1/images`: a multipart form with `file`, and `title` and `tags` before or after it. */
export default async function uploads(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  await server.register(multipart, {
    // the file's own limit is counted while it is received
    limits: { fileSize: Number.POSITIVE_INFINITY, files: 1, fields: 60, fieldSize: 16 * 1024, parts: 61 },
  })
  const options = {
    config: { access: 'images:write' as const },
    schema: { response: { 201: ImageSchema } },
    handlerTimeout: uploadMs,
    bodyLimit: parts.maxUploadBytes + formBytes,
  }
  server.post('/api/v1/images', options, async (request, reply) => {
    const { userId } = principalOf(request)
    if (Number(request.headers['content-length'] ?? 0) > parts.maxUploadBytes + formBytes) {
      // what is refused unread must not be read: the connection ends with the answer
      reply.raw.shouldKeepAlive = false
      throw tooLarge(parts.maxUploadBytes)
    }
    const leave = parts.uploads.enter(userId)
    try {
      return await receive(parts, request, reply)
    } finally {
      leave()
    }
  })
}

async function receive(
  { uploads, signer }: RouteOptions['parts'],
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { userId } = principalOf(request)
  const signal = whileWaiting(reply)
  // asked first: nothing may fail any more once the image is there
  const rawUrl = await signer.originals(userId)
  const { file, fields } = await readForm(request, uploads, signal)
  try {
    const image = await uploads.accept(userId, file, readLabels(fields), signal)
    reply.code(201).header('location', `/api/v1/images/${image.id}`)
    return showImage(image, rawUrl(image))
  } finally {
    await file.dispose()
  }
}

/** Reads the form to its end, so that a field may stand behind the file. */
async function readForm(request: FastifyRequest, { receive }: Uploads, signal: AbortSignal) {
  const fields: [name: string, value: string][] = []
  let file: Spooled | undefined
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields.push([part.fieldname, String(part.value)])
      else if (part.fieldname === 'file') file = await receive(part.file, signal)
      else
        throw new DarkroomError(
          'bad-request',
          `${part.fieldname.slice(0, 60)}: expected the file in a field named file`,
        )
    }
    if (file === undefined) throw new DarkroomError('bad-request', 'file: is needed')
    return { file, fields }
  } catch (error) {
    await file?.dispose()
    throw blame(error)
  }
}

/** The form's parser knows plain errors only; what files and the framework throw carries a code. */
function blame(error: unknown): unknown {
  if (!(error instanceof Error) || error.constructor !== Error || 'code' in error) return error
  return new DarkroomError('bad-request', `the form cannot be read: ${error.message}`, { cause: error })
}
