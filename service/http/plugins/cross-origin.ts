import type { FastifyInstance, FastifyRequest } from 'fastify'
import { allowedOrigin, type CrossOriginAccess, withOrigin } from '../cross-origin.ts'
import { isImageUrl } from '../image-url.ts'

/** What pages of other origins may do. */
export interface CrossOriginParts {
  readonly images: CrossOriginAccess
  /** Undefined where they may not call the API. */
  readonly api: CrossOriginAccess | undefined
}

/**
 * Answers preflights, and adds the CORS headers to every response with an image and, where it is configured, to every
 * response of the API. Errors get them, too, so that a page can read what is wrong.
 */
export default function allowOrigins(server: FastifyInstance, parts: CrossOriginParts): void {
  const accessOf = ({ originalUrl }: FastifyRequest) => {
    if (isImageUrl(originalUrl)) return parts.images
    return originalUrl.startsWith('/api/v1/') ? parts.api : undefined
  }
  // before authentication: a preflight has no credentials
  server.addHook('onRequest', async (request, reply) => {
    const access = accessOf(request)
    if (access === undefined || !isPreflight(request)) return
    if (access === parts.api && !access.named?.has(request.headers.origin ?? '')) return
    return reply.code(204).headers(access.preflight).send()
  })
  // in onSend, because `sendProblem` removes the headers of the intended response
  server.addHook('onSend', async (request, reply) => {
    const access = accessOf(request)
    if (access === undefined) return
    reply.headers({ ...access.headers, ...allowedOrigin(access, request.headers.origin) })
    const vary = withOrigin(access, reply.getHeader('vary')?.toString())
    if (vary !== undefined) reply.header('vary', vary)
  })
}

const isPreflight = ({ method, headers }: FastifyRequest) =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined
