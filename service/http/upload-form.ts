import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DarkroomError } from '../errors/catalogue.ts'
import { sanitizeFileName } from '../ingest/file-name.ts'
import { fileTooLarge, type StagedFile } from '../ingest/upload-staging.ts'
import type { Uploads } from '../ingest/uploads.ts'

/** How long an upload may take, in milliseconds. */
export const uploadMs = 600_000
/** Allowance for the form's fields and boundaries beside the file, in bytes. */
export const formBytes = 1024 * 1024

/**
 * How many bytes of a part are kept until they are read. The parser stops for ever when a part that it skips, as it has no name,
 * exceeds this within one read from the connection, which has 64 KiB.
 */
const partBufferBytes = 512 * 1024

/** Lets the routes of this server read forms. */
export async function acceptForms(server: FastifyInstance): Promise<void> {
  await server.register(multipart, {
    fileHwm: partBufferBytes,
    // the upload itself enforces the file's limit while it is received
    limits: { fileSize: Number.POSITIVE_INFINITY, files: 1, fields: 60, fieldSize: 16 * 1024, parts: 61 },
  })
}

/** A form with a file and these fields, for the OpenAPI document. */
export function formDocs(fields: Readonly<Record<string, object>>) {
  const file = { type: 'string', format: 'binary', description: 'the file of the image' }
  const schema = {
    type: 'object',
    required: ['file'],
    properties: { file, ...fields },
    additionalProperties: false,
  }
  const encoding = { file: { contentType: 'image/png, image/jpeg, image/*, application/pdf' } }
  return { required: true, content: { 'multipart/form-data': { schema, encoding } } }
}

/** @throws DarkroomError `too-large` for a body that states to be longer than any upload */
export function requireFormLength({ headers }: FastifyRequest, maxUploadBytes: number): void {
  if (Number(headers['content-length'] ?? 0) > maxUploadBytes + formBytes) throw fileTooLarge(maxUploadBytes)
}

/** Reads the form to its end, as fields may follow the file. */
export async function readForm(
  request: FastifyRequest,
  { receive }: Pick<Uploads, 'receive'>,
  signal: AbortSignal,
) {
  const fields: [name: string, value: string][] = []
  let file: StagedFile | undefined
  let fileName: string | null = null
  try {
    for await (const part of partsOf(request, signal)) {
      requireName(part)
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

/** @throws DarkroomError `bad-request` for a part without a name, which the parser's types do not know */
function requireName({ fieldname }: { readonly fieldname?: string }): void {
  if (fieldname === undefined)
    throw new DarkroomError('bad-request', 'the form is malformed: a part has no name')
}

/**
 * The parts of a form, until the signal aborts. The parser's own iterator would wait for ever when the connection ends between
 * the file and the end of the form, and the file and the upload slot would stay occupied.
 * @throws the signal's reason
 */
async function* partsOf(request: FastifyRequest, signal: AbortSignal) {
  const parts = request.parts()
  let abort = () => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason)
  })
  aborted.catch(() => {})
  signal.addEventListener('abort', abort, { once: true })
  try {
    for (;;) {
      signal.throwIfAborted()
      const { done, value } = await Promise.race([parts.next(), aborted])
      if (done) return
      yield value
    }
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The form parser throws plain errors for malformed forms. Errors of files and of Fastify have a class or a code. */
function asFormError(error: unknown): unknown {
  if (!(error instanceof Error) || error.constructor !== Error || 'code' in error) return error
  return new DarkroomError('bad-request', `the form is malformed: ${error.message}`, { cause: error })
}
