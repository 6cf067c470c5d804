import type { FastifyInstance } from 'fastify'
import { disconnectSignal } from '../disconnect-signal.ts'
import { fallbackHeaders, imageHeaders, matchesEtag, negotiationHeaders } from '../image-headers.ts'
import { readClient } from '../negotiation.ts'
import { processedDocs } from '../openapi/image-routes.ts'
import type { RouteOptions } from '../parts.ts'
import { countResponse } from '../response-usage.ts'

/** `GET /processed/…`: derivatives. The server has rewritten the URL to the route's beginning. */
export default async function processed(
  server: FastifyInstance,
  { parts, responses }: RouteOptions,
): Promise<void> {
  server.get('/processed/', { config: { openapi: processedDocs } }, async (request, reply) => {
    const known = request.headers['if-none-match']
    const delivered = await parts.deliver({
      rawUrl: request.originalUrl,
      client: readClient(request.headers),
      granted: userId => {
        request.tenant = userId
      },
      // also for the problem, if it comes to one
      varies: headers => reply.headers(negotiationHeaders(headers)),
      hasCurrent: known === undefined ? undefined : etag => matchesEtag(known, etag),
      defers: defersWork(request.headers.prefer),
      signal: disconnectSignal(reply),
    })
    const sends = request.method === 'GET'
    if ('deferred' in delivered) {
      if (request.tenant) parts.usage.countOther(request.tenant, 0)
      return reply.code(202).headers(comeBack(request.originalUrl)).send()
    }
    if ('fallback' in delivered) {
      const { fallback, timings } = delivered
      parts.metrics.delivered('fallback')
      if (request.tenant) parts.usage.countOther(request.tenant, sends ? fallback.data.length : 0)
      return reply.headers(fallbackHeaders(fallback.contentType, timings)).send(fallback.data)
    }
    parts.metrics.delivered(delivered.tier)
    const { grant, etag, derivative } = delivered
    const isCurrent = derivative === undefined || (known !== undefined && matchesEtag(known, etag))
    const bytes = isCurrent || !sends ? 0 : derivative.data.length
    const count = countResponse(parts.usage, { ...delivered, userId: grant.userId, bytes })
    responses.prepare(request.originalUrl, delivered, count)
    const { 'content-type': type, ...common } = imageHeaders(
      { ...delivered, userId: grant.userId, expires: grant.expires },
      Date.now(),
      parts.tagHeaders,
    )
    reply.headers(common)
    if (isCurrent) return reply.code(304).send()
    return reply.header('content-type', type).send(derivative.data)
  })
}

/** Whether a `Prefer` header asks to be answered before the work is done (RFC 7240, section 4.1). */
function defersWork(prefer: string | readonly string[] | undefined): boolean {
  return [prefer ?? []].flat().some(header => /(^|[,;])\s*respond-async\s*($|[,;])/i.test(header))
}

/** The headers of an answer without a picture yet: the same URL will have it. */
const comeBack = (location: string) => ({
  location,
  'retry-after': '1',
  'preference-applied': 'respond-async',
  'cache-control': 'no-store',
})
