import type { Readable } from 'node:stream'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import { DarkroomError } from '../../errors/catalogue.ts'
import type { DirectUploads } from '../../ingest/direct/direct-uploads.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { IdParamsSchema } from '../schemas/params.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly directUploads: Pick<DirectUploads, 'receive'>
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly 'direct-content': Parts
  }
}

/** How long the file may take to arrive, in milliseconds. */
const uploadMs = 600_000

/** The parameters for the OpenAPI document. The handler verifies the raw URL instead. */
const signature = ['e', 's'].map(name => ({ name, in: 'query', required: false, schema: { type: 'string' } }))
const parameters = [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }, ...signature]
const requestBody = { required: true, content: { 'application/octet-stream': {} } }

/** Pages of any origin may use the URL, as with a presigned bucket URL: no cookie is accepted here. */
const origins = { 'access-control-allow-origin': '*' }
const preflight = {
  'access-control-allow-methods': 'PUT',
  'access-control-allow-headers': 'content-type',
  'access-control-max-age': '3600',
}

/**
 * Receives the file of a direct upload when clients cannot reach the store: `PUT /api/v1/images/direct/:id/content`.
 * The URL is its own authorization, like a presigned URL of the store.
 */
export default async function directContentRoutes(instance: FastifyInstance, parts: Parts): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  // any content type is accepted: the file is inspected when it is complete
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', (_request, content, done) => done(null, content))
  // in onSend, so that error responses have the CORS header, too, and pages can read them
  server.addHook('onSend', async (_request, reply) => {
    reply.headers(origins)
  })
  const path = '/api/v1/images/direct/:id/content'
  server.options(
    path,
    {
      config: { access: 'anyone' },
      schema: { summary: 'CORS preflight of a direct upload', params: IdParamsSchema },
    },
    (_request, reply) => reply.code(204).headers(preflight).send(),
  )
  server.put(
    path,
    {
      config: { access: 'anyone', deadlineMs: uploadMs, openapi: { operation: { parameters, requestBody } } },
      schema: { summary: 'Upload the file of a direct upload', params: IdParamsSchema },
    },
    async (request, reply) => {
      const url = { id: request.params.id, raw: request.originalUrl }
      const content: Readable = request.raw
      const length = lengthOf(request.headers['content-length'])
      await parts.directUploads.receive(url, { content, length }, disconnectSignal(reply))
      return reply.code(204).send()
    },
  )
}

/** Parses the length, which is required: S3 requires it, too, and signs it. @throws DarkroomError `bad-request` */
function lengthOf(header: string | undefined): number {
  if (header !== undefined) return Number(header)
  throw new DarkroomError('bad-request', 'content-length is required')
}
