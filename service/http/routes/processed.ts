import type { FastifyInstance } from 'fastify'
import { imageHeaders, namesEtag, negotiationHeaders } from '../caching.ts'
import { whileWaiting } from '../disconnect.ts'
import { readClient } from '../negotiate.ts'
import type { RouteOptions } from '../parts.ts'

/** `GET /processed/…`: derivatives. The server has rewritten the URL to the route's beginning. */
export default async function processed(
  server: FastifyInstance,
  { parts, hits }: RouteOptions,
): Promise<void> {
  server.get('/processed/', async (request, reply) => {
    const known = request.headers['if-none-match']
    const delivered = await parts.deliver({
      rawUrl: request.originalUrl,
      client: readClient(request.headers),
      // also for the problem, if it comes to one
      varies: headers => reply.headers(negotiationHeaders(headers)),
      hasCurrent: known === undefined ? undefined : etag => namesEtag(known, etag),
      signal: whileWaiting(reply),
    })
    parts.metrics.delivered(delivered.tier)
    hits.prepare(request.originalUrl, delivered)
    const { grant, etag, derivative } = delivered
    const { 'content-type': type, ...common } = imageHeaders(
      { ...delivered, userId: grant.userId, expires: grant.expires },
      Date.now(),
    )
    reply.headers(common)
    if (derivative === undefined || (known !== undefined && namesEtag(known, etag)))
      return reply.code(304).send()
    return reply.header('content-type', type).send(derivative.data)
  })
}
