import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { disconnectSignal } from '../disconnect-signal.ts'
import { imageHeaders, matchesEtag } from '../image-headers.ts'
import { rawDocs } from '../openapi/image-routes.ts'
import type { RouteOptions } from '../parts.ts'
import { parseRange } from '../range.ts'
import { countResponse } from '../response-usage.ts'

/** How long a whole original may take to be sent, in milliseconds: 50 MB over a slow line. */
const sendMs = 900_000

/** `GET /raw/…`: originals as they were uploaded, whole or in part. */
export default async function raw(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  server.get('/raw/', { handlerTimeout: sendMs, config: { openapi: rawDocs } }, async (request, reply) => {
    const original = await parts.original(request.originalUrl, userId => {
      request.tenant = userId
    })
    const { grant, etag, bytes, contentType } = original
    const about = {
      ...original,
      userId: grant.userId,
      expires: grant.expires,
      tier: 'store',
      vary: [],
      changeable: false,
      variant: 'final' as const,
    }
    const { 'content-type': _, ...common } = imageHeaders(
      { ...about, timings: {} },
      Date.now(),
      parts.tagHeaders,
    )
    const counted = (bytes: number) =>
      countResponse(parts.usage, { ...about, file: `${about.imageId}_original`, tier: 'store', bytes })
    const { range: asked, 'if-range': ifRange, 'if-none-match': known } = request.headers
    if (known !== undefined && matchesEtag(known, etag)) {
      counted(0)
      return reply.headers(common).code(304).send()
    }
    // what a refusal tells; an answer has its own
    reply.header('content-range', `bytes */${bytes}`)
    const range =
      request.method === 'GET'
        ? parseRange({ range: asked, ifRange: ifRange?.toString() }, { bytes, etag })
        : undefined
    reply.headers({ ...common, 'content-type': contentType, 'accept-ranges': 'bytes' })
    if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${bytes}`)
    else reply.removeHeader('content-range')
    const length = range ? range.end - range.start + 1 : bytes
    reply.header('content-length', length)
    // an empty stream: without a body Fastify would say that the length is 0
    if (request.method === 'HEAD') {
      counted(0)
      return reply.send(Readable.from([]))
    }
    const object = await original.open(range, disconnectSignal(reply))
    counted(length)
    return reply.send(object.stream)
  })
}
