import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Verify } from '../../access/verifier.ts'
import type { Deliver } from '../../delivery/deliver.ts'
import { VaryingError } from '../../delivery/varying-error.ts'
import type { TagHeaders } from '../../edge/surrogate-keys.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { UsageRecorder } from '../../usage/usage-recorder.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { fallbackHeaders, imageHeaders, negotiationHeaders } from '../image-headers.ts'
import { readClient } from '../negotiation.ts'
import { processedDocs } from '../openapi/image-routes.ts'
import type { Delivered } from '../prepared-response.ts'
import type { ResponseCache } from '../response-cache.ts'
import { countResponse } from '../response-usage.ts'

/** The dependencies of these routes. */
interface Parts {
  readonly verify: Verify
  readonly deliver: Deliver
  readonly responseCache: Pick<ResponseCache, 'mark' | 'prepare'>
  readonly usage: UsageRecorder
  readonly metrics: Metrics
  readonly tagHeaders: TagHeaders
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly processed: Parts
  }
}

/**
 * `GET /processed/…`: derivatives. The router sees only the prefix `/processed/`, as it would decode the rest of the path;
 * `originalUrl` is the URL as it was sent.
 */
export default async function processedRoutes(server: FastifyInstance, parts: Parts): Promise<void> {
  server.get('/processed/', { config: { openapi: processedDocs } }, async (request, reply) => {
    const startedAt = performance.now()
    const mark = parts.responseCache.mark()
    // subscribed first: a client that disconnects during the verification is noticed, too
    const signal = disconnectSignal(reply)
    const { headers, originalUrl } = request
    const grant = await parts.verify(originalUrl)
    request.tenant = grant.userId
    const delivering = parts.deliver({
      grant,
      startedAt,
      client: readClient(headers),
      ifNoneMatch: headers['if-none-match'],
      prefersAsync: prefersAsync(headers.prefer),
      signal,
    })
    const response = await delivering.catch(error => {
      if (error instanceof VaryingError) reply.headers(negotiationHeaders(error.vary))
      throw error
    })
    if (response.kind === 'accepted') {
      parts.usage.countOther(grant.userId, 0)
      reply.headers({ ...acceptedHeaders(originalUrl), ...negotiationHeaders(response.vary) })
      return reply.code(202).send()
    }
    if (response.kind === 'fallback') {
      const { data } = response.image
      parts.metrics.delivered('fallback')
      parts.usage.countOther(grant.userId, request.method === 'GET' ? data.length : 0)
      return reply.headers(fallbackHeaders(response)).send(data)
    }
    return sendDerivative(parts, request, reply, { response, grant, mark })
  })
}

/** Sends a derivative, or 304, and prepares the response cache for further requests of the URL. */
function sendDerivative(
  { metrics, usage, responseCache, tagHeaders }: Parts,
  { method, originalUrl }: FastifyRequest,
  reply: FastifyReply,
  delivered: Delivered,
): FastifyReply {
  const { response } = delivered
  metrics.delivered(response.cacheStatus)
  const body = response.notModified ? undefined : response.derivative?.data
  countResponse(usage, response, method === 'GET' ? (body?.length ?? 0) : 0)
  responseCache.prepare(originalUrl, delivered)
  reply.headers(imageHeaders(response, Date.now(), tagHeaders))
  if (body === undefined) return reply.code(304).send()
  return reply.header('content-type', response.contentType).send(body)
}

/** Whether a `Prefer` header asks for a response before the work is done (RFC 7240, section 4.1). */
function prefersAsync(prefer: string | readonly string[] | undefined): boolean {
  return [prefer ?? []].flat().some(header => /(^|[,;])\s*respond-async\s*($|[,;])/i.test(header))
}

/** The headers of a 202 response: the image is not ready yet, and the client should request the same URL again. */
const acceptedHeaders = (location: string) => ({
  location,
  'retry-after': '1',
  'preference-applied': 'respond-async',
  'cache-control': 'no-store',
})
