import type { Readable } from 'node:stream'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import Type from 'typebox'
import { DarkroomError } from '../../errors/catalogue.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import type { RouteOptions } from '../parts.ts'

/** How long the file may take to come, in milliseconds. */
const uploadMs = 600_000

const UploadId = Type.Object({ id: Type.String() })

/** What signs the URL, for the document of the API: it is read from the URL as it was sent. */
const signature = ['e', 's'].map(name => ({ name, in: 'query', required: false, schema: { type: 'string' } }))
const parameters = [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }, ...signature]
const requestBody = { required: true, content: { 'application/octet-stream': {} } }

/** Its URL is all that a page of another origin needs to know, as of a bucket: no cookie counts here. */
const origins = { 'access-control-allow-origin': '*' }
const preflight = {
  'access-control-allow-methods': 'PUT',
  'access-control-allow-headers': 'content-type',
  'access-control-max-age': '3600',
}

/**
 * Takes the file of a direct upload in where clients do not reach the store: `PUT /api/v1/images/direct/:id/content`. The
 * URL speaks for itself, as one of the store would.
 */
export default async function directContent(
  instance: FastifyInstance,
  { parts }: RouteOptions,
): Promise<void> {
  const server = instance.withTypeProvider<TypeBoxTypeProvider>()
  // whatever it calls itself, it is looked at when it is complete
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', (_request, content, done) => done(null, content))
  // behind the handler, so that pages may read refusals, too
  server.addHook('onSend', async (_request, reply) => {
    reply.headers(origins)
  })
  const path = '/api/v1/images/direct/:id/content'
  server.options(path, { config: { access: 'anyone' }, schema: { params: UploadId } }, (_request, reply) =>
    reply.code(204).headers(preflight).send(),
  )
  server.put(
    path,
    {
      config: { access: 'anyone', openapi: { operation: { parameters, requestBody } } },
      schema: { params: UploadId },
      handlerTimeout: uploadMs,
    },
    async (request, reply) => {
      const url = { id: request.params.id, raw: request.originalUrl }
      const content: Readable = request.raw
      try {
        const length = lengthOf(request.headers['content-length'])
        await parts.directUploads.receive(url, { content, length }, disconnectSignal(reply))
      } finally {
        // what is refused unread must not be read: the connection ends with the answer
        if (!content.readableEnded) reply.raw.shouldKeepAlive = false
      }
      return reply.code(204).send()
    },
  )
}

/** As of S3, which signs it. @throws DarkroomError `bad-request` */
function lengthOf(header: string | undefined): number {
  if (header !== undefined) return Number(header)
  throw new DarkroomError('bad-request', 'content-length: is needed')
}
