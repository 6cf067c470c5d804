import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FallbackResponse } from '../../delivery/deliver.ts'
import { VaryingError } from '../../delivery/varying-error.ts'
import type { TagHeaders } from '../../edge/surrogate-keys.ts'
import type { UsageRecorder } from '../../usage/usage-recorder.ts'
import { type Outcome, type OutcomeParts, recordDelivery, settleDerivative } from '../derivative-outcome.ts'
import { elapsedMs, endedWorkOf } from '../derivative-responder.ts'
import { disconnectSignal } from '../disconnect-signal.ts'
import { fallbackHeaders, imageHeaders, negotiationHeaders } from '../image-headers.ts'
import { processedDocs } from '../openapi/image-routes.ts'
import type { Delivered } from '../prepared-response.ts'

/** The dependencies of these routes. */
interface Parts extends OutcomeParts {
  readonly usage: UsageRecorder
  readonly tagHeaders: TagHeaders
}

declare module '../parts.ts' {
  interface RouteParts {
    readonly processed: Parts
  }
}

/**
 * `GET /processed/…`: derivatives. The router sees only the prefix `/processed/`, as it would decode the rest of the path;
 * `originalUrl` is the URL as it was sent. Most requests are answered before routing, see `derivative-responder.ts`: this
 * route sends all results but derivatives, and answers HEAD.
 */
export default async function processedRoutes(server: FastifyInstance, parts: Parts): Promise<void> {
  server.get('/processed/', { config: { openapi: processedDocs } }, async (request, reply) => {
    const outcome = await outcomeOf(parts, request, reply)
    if ('error' in outcome) {
      const { error } = outcome
      if (error instanceof VaryingError) reply.headers(negotiationHeaders(error.vary))
      throw error
    }
    const { response, grant, mark } = outcome
    if (response.kind === 'accepted') {
      parts.usage.countOther(grant.userId, 0)
      reply.headers({ ...acceptedHeaders(request.originalUrl), ...negotiationHeaders(response.vary) })
      return reply.code(202).send()
    }
    if (response.kind === 'fallback') return sendFallback(parts, request, reply, response, grant.userId)
    return sendDerivative(parts, request, reply, { response, grant, mark })
  })
}

/** The outcome of the work that was done before routing; of work that is done now if there was none. */
async function outcomeOf(parts: Parts, request: FastifyRequest, reply: FastifyReply): Promise<Outcome> {
  const ended = endedWorkOf(request.raw)
  if (ended) {
    request.tenant = ended.tenant
    return ended.outcome
  }
  return settleDerivative(parts, request.raw, {
    url: request.originalUrl,
    signal: disconnectSignal(reply),
    startedAt: performance.now(),
    onVerified: userId => {
      request.tenant = userId
    },
  })
}

/** Sends the image that the user wants shown while the derivative takes too long. */
function sendFallback(
  { metrics, usage }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
  response: FallbackResponse,
  userId: string,
): FastifyReply {
  const { data } = response.image
  metrics.delivered('fallback', false, elapsedMs(request.raw, reply))
  usage.countOther(userId, request.method === 'GET' ? data.length : 0)
  return reply.headers(fallbackHeaders(response)).send(data)
}

/** Sends a derivative, or 304. */
function sendDerivative(
  parts: Parts,
  { method, originalUrl, raw }: FastifyRequest,
  reply: FastifyReply,
  delivered: Delivered,
): FastifyReply {
  const { response } = delivered
  const startedAt = performance.now() - elapsedMs(raw, reply)
  const body = recordDelivery(parts, { method, url: originalUrl, startedAt }, delivered)
  reply.headers(imageHeaders(response, Date.now(), parts.tagHeaders))
  if (body === undefined) return reply.code(304).send()
  return reply.header('content-type', response.contentType).send(body)
}

/** The headers of a 202 response: the image is not ready yet, and the client should request the same URL again. */
const acceptedHeaders = (location: string) => ({
  location,
  'retry-after': '1',
  'preference-applied': 'respond-async',
  'cache-control': 'no-store',
})
