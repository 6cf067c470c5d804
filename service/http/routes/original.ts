import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'
import Value from 'typebox/value'
import type { AuditLog } from '../../auth/audit-log.ts'
import type { Signer } from '../../delivery/signing.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { Replacements } from '../../ingest/replacements.ts'
import type { Uploads } from '../../ingest/uploads.ts'
import type { DuplicateRepository } from '../../metadata/duplicates.ts'
import type { FocalPoint } from '../../metadata/image.ts'
import { actorOf } from '../client-info.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { requirePrincipal } from '../principal.ts'
import { maxReportedDuplicates, serializeImage, UploadedImageSchema } from '../schemas/image.ts'
import { IdParamsSchema } from '../schemas/params.ts'
import { acceptForms, formBytes, formDocs, readForm, requireFormLength, uploadMs } from '../upload-form.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly uploads: Pick<Uploads, 'runInSlot' | 'receive'>
  readonly replacements: Pick<Replacements, 'requireImage' | 'replace'>
  readonly duplicates: Pick<DuplicateRepository, 'findByContent'>
  readonly signer: Pick<Signer, 'originalUrls'>
  readonly audit: AuditLog
  readonly maxUploadBytes: number
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly original: Parts
  }
}

const Fraction = Type.Number({ minimum: 0, maximum: 1 })
const Focal = Type.Union([
  Type.Object({ x: Fraction, y: Fraction }, { additionalProperties: false }),
  Type.Null(),
])

/** The form, for the OpenAPI document. */
const form = formDocs({
  focal: {
    type: 'string',
    format: 'json-focal',
    description: 'JSON: a new focal point as {"x": 0.5, "y": 0.5}, or null',
  },
})

/** Replaces the original of an image: `PUT /api/v1/images/:id/original`, a multipart form with `file` and `focal`. */
export default async function originalRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  await acceptForms(instance)
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  const options = {
    config: {
      access: 'images:write' as const,
      deadlineMs: uploadMs,
      openapi: { operation: { requestBody: form } },
    },
    schema: {
      summary: 'Replace the original of an image',
      params: IdParamsSchema,
      response: { 200: UploadedImageSchema },
    },
    bodyLimit: parts.maxUploadBytes + formBytes,
  }
  server.put('/api/v1/images/:id/original', options, async (request, reply) => {
    const { userId } = requirePrincipal(request)
    requireFormLength(request, parts.maxUploadBytes)
    const signal = disconnectSignal(reply)
    await parts.replacements.requireImage(userId, request.params.id)
    return parts.uploads.runInSlot(userId, signal, () =>
      receiveOriginal(parts, request, request.params.id, signal),
    )
  })
}

async function receiveOriginal(
  { uploads, replacements, signer, duplicates, audit }: Parts,
  request: FastifyRequest,
  imageId: string,
  signal: AbortSignal,
) {
  const { userId } = requirePrincipal(request)
  // loaded first: nothing may fail once the original is replaced
  const rawUrl = await signer.originalUrls(userId)
  const { file, fileName, fields } = await readForm(request, uploads, signal)
  try {
    const focal = parseFields(fields)
    const equal = await duplicates.findByContent(userId, file.sha256, maxReportedDuplicates + 1)
    const others = equal.filter(id => id !== imageId).slice(0, maxReportedDuplicates)
    const onReplaced = () => audit.record(actorOf(request), 'image.replace', imageId)
    const labels = { fileName, focal }
    const image = await replacements.replace(userId, imageId, file, labels, { signal, onReplaced })
    return { ...serializeImage(image, rawUrl(image)), duplicates: others }
  } finally {
    await file.dispose()
  }
}

/** The focal point of the form; undefined when it has none. @throws DarkroomError `bad-request` that names the field */
function parseFields(
  fields: readonly (readonly [name: string, value: string])[],
): FocalPoint | null | undefined {
  const unknown = fields.find(([name]) => name !== 'focal')
  if (unknown)
    throw new DarkroomError(
      'bad-request',
      `${unknown[0].slice(0, 60)}: is an unknown field, expected file or focal`,
    )
  const text = fields.at(-1)?.[1]
  return text === undefined ? undefined : parseFocal(text)
}

function parseFocal(text: string): FocalPoint | null {
  try {
    const value: unknown = JSON.parse(text)
    if (Value.Check(Focal, value)) return value
  } catch {
    // the same error as for another shape
  }
  throw new DarkroomError('bad-request', 'focal: must be {"x": 0.5, "y": 0.5} with fractions, or null')
}
