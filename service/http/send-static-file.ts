import type { FastifyReply, FastifyRequest } from 'fastify'
import { matchesEtag } from './image-headers.ts'
import { negotiateEncoding, type StaticFile } from './static-files.ts'

/**
 * What the document may do: load its own files, call this service, show its images; also from memory, where previews
 * and placeholders are. Nothing of another host, nothing inline, in no frame.
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

/** Sends a file of a page as it is, or as the client has it already. */
export function sendStaticFile(file: StaticFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({
    etag: file.etag,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'Accept-Encoding',
    'x-content-type-options': 'nosniff',
    // the addresses of pages say what somebody is working on
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'content-security-policy': policy,
  })
  const known = request.headers['if-none-match']
  if (known !== undefined && matchesEtag(known, file.etag)) return reply.code(304).send()
  const encoding = negotiateEncoding(request.headers['accept-encoding']?.toString(), file)
  if (encoding !== undefined) reply.header('content-encoding', encoding)
  return reply.type(file.contentType).send(encoding === undefined ? file.plain : file.encoded[encoding])
}
