import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Grant, Verify } from '../../access/verifier.ts'
import type { DeliverOriginal } from '../../delivery/deliver-original.ts'
import { matchesEtag } from '../../delivery/etag.ts'
import { replacedImageOf } from '../../delivery/missing-original.ts'
import type { TagHeaders } from '../../edge/surrogate-keys.ts'
import type { UsageRecorder } from '../../usage/usage-recorder.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { imageHeaders } from '../image-headers.ts'
import { rawDocs } from '../openapi/image-routes.ts'
import { parseRange } from '../range.ts'
import { countResponse } from '../response-usage.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly verify: Verify
  readonly deliverOriginal: DeliverOriginal
  readonly usage: UsageRecorder
  readonly tagHeaders: TagHeaders
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly raw: Parts
  }
}

/** How long sending a whole original may take, in milliseconds: 50 MB over a slow line. */
const sendMs = 900_000

/** `GET /raw/…`: originals as they were uploaded, whole or a range. */
export default async function rawRoutes(server: FastifyInstance, parts: Parts): Promise<void> {
  server.get('/raw/', { config: { deadlineMs: sendMs, openapi: rawDocs } }, async (request, reply) => {
    const grant = await parts.verify(request.originalUrl)
    request.tenant = grant.userId
    try {
      return await sendOriginal(parts, grant, request, reply)
    } catch (error) {
      // this process did not know yet that the original was replaced
      if (replacedImageOf(error) === undefined) throw error
      reply.code(200)
      return sendOriginal(parts, grant, request, reply)
    }
  })
}

async function sendOriginal(parts: Parts, grant: Grant, request: FastifyRequest, reply: FastifyReply) {
  const original = await parts.deliverOriginal(grant)
  const { etag, bytes, contentType } = original
  const headers = imageHeaders(original, Date.now(), parts.tagHeaders)
  const { range: wanted, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers
  if (ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, etag)) {
    countResponse(parts.usage, original, 0)
    return reply.headers(headers).code(304).send()
  }
  // for the 416 response, when `parseRange` throws; otherwise replaced or removed below
  reply.header('content-range', `bytes */${bytes}`)
  const range =
    request.method === 'GET'
      ? parseRange({ range: wanted, ifRange: ifRange?.toString() }, { bytes, etag })
      : undefined
  reply.headers({ ...headers, 'content-type': contentType, 'accept-ranges': 'bytes' })
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${bytes}`)
  else reply.removeHeader('content-range')
  const length = range ? range.end - range.start + 1 : bytes
  reply.header('content-length', length)
  // sends an empty stream: without a body Fastify would replace Content-Length with 0
  if (request.method === 'HEAD') {
    countResponse(parts.usage, original, 0)
    return reply.send(Readable.from([]))
  }
  const object = await original.open(range, disconnectSignal(reply))
  countResponse(parts.usage, original, length)
  return reply.send(object.stream)
}
