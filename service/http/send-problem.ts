import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DarkroomError } from '../errors/catalogue.ts'
import { withoutSignature } from '../telemetry/logger.ts'
import { clientDisconnected } from './disconnect-signal.ts'
import { isImageUrl } from './image-url.ts'
import type { HttpParts } from './parts.ts'
import { asDarkroomError, problemHeaders, toProblem } from './problem.ts'

/** Answers any error with a problem, and logs what is our fault. */
export function sendProblem(
  { metrics, usage }: Pick<HttpParts, 'metrics' | 'usage'>,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  // a client that went away has no fault and gets no answer, and it is none of ours
  if (error === clientDisconnected || reply.raw.destroyed) {
    request.log.debug({ url: withoutSignature(request.originalUrl) }, 'the client went away')
    return reply.hijack()
  }
  const failure = asDarkroomError(error)
  metrics.failed(failure.code)
  if (request.tenant) usage.countError(request.tenant, failure.code)
  const about = { err: error, code: failure.code, url: withoutSignature(request.originalUrl) }
  // that too much is asked for at once is no fault, and as many lines as there are refusals would only hold up more
  if (failure.status >= 500 && failure.code !== 'overloaded') request.log.error(about, failure.message)
  else request.log.debug(about, failure.message)
  // headers of a response that did not come about must not describe the problem, but for what it depended on
  const kept = failure.code === 'range-not-satisfiable' ? ['content-range', 'vary'] : ['vary']
  for (const name of Object.keys(reply.getHeaders())) {
    if (!kept.includes(name)) reply.removeHeader(name)
  }
  const isImage = isImageUrl(request.originalUrl)
  if (failure.code === 'method-not-allowed') reply.header('allow', 'GET, HEAD')
  return (
    reply
      .code(failure.status)
      .headers(problemHeaders(failure, isImage))
      // as bytes: to a text the framework would add a charset, which problem+json does not have
      .send(Buffer.from(JSON.stringify(toProblem(failure, request.id))))
  )
}

/** What Node's parser says, as far as it is more than nonsense. */
const parserCodes: Readonly<Record<string, DarkroomError>> = {
  HPE_HEADER_OVERFLOW: new DarkroomError('header-too-large', 'the header is larger than 16 KiB'),
  ERR_HTTP_REQUEST_TIMEOUT: new DarkroomError('request-timeout', 'the request did not arrive in time'),
}
const malformed = new DarkroomError('bad-request', 'this is not a whole HTTP request')

/**
 * Answers what is not HTTP, or came too slowly, as far as somebody still listens; then the connection ends. While a
 * response is under way on the connection nothing is written: it would stand in the middle of it.
 */
export function rejectMalformedRequest(error: Error & { code?: string }, socket: Socket): void {
  const answering = '_httpMessage' in socket && socket._httpMessage
  if (error.code !== 'ECONNRESET' && socket.writable && !answering) {
    const failure = parserCodes[error.code ?? ''] ?? malformed
    const problem = toProblem(failure, randomUUID())
    const body = JSON.stringify(problem)
    const headers = { ...problemHeaders(failure, false), 'content-length': body.length, connection: 'close' }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`)
  }
  socket.destroy(error)
}
