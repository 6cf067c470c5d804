import type { FastifyReply, FastifyRequest } from 'fastify'
import { matchesEtag } from '../delivery/etag.ts'
import { negotiateEncoding, type StaticFile } from './static-files.ts'

/**
 * The Content-Security-Policy of every page: it may load its own files, call this service and show its images, also
 * from `blob:` and `data:` URLs for previews and placeholders. Other hosts, inline code and framing are forbidden.
 */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** Sends a static file in the best encoding, or 304 when the client has this version. */
export function sendStaticFile(file: StaticFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  setHeaders(file, reply)
  const ifNoneMatch = request.headers['if-none-match']
  if (ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, file.etag)) return reply.code(304).send()
  return sendEncoded(file, request, reply)
}

/** Sends a page with 404, to clients that accept HTML. Caches do not keep it: other clients get a problem. */
export function sendMissingPage(
  page: StaticFile,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  setHeaders(page, reply)
  reply.removeHeader('etag')
  reply.headers({ 'cache-control': 'no-store', vary: 'Accept, Accept-Encoding' })
  return sendEncoded(page, request, reply.code(404))
}

function setHeaders(file: StaticFile, reply: FastifyReply): void {
  reply.headers({
    etag: file.etag,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    // page URLs contain ids of images and users
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'content-security-policy': policy,
  })
}

function sendEncoded(file: StaticFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const encoding = negotiateEncoding(request.headers['accept-encoding']?.toString(), file)
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.type(file.contentType).send(encoding === undefined ? file.plain : file.encoded[encoding])
}
