import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DarkroomError, isServiceFault } from '../errors/catalogue.ts'
import { withoutSignature } from '../telemetry/logger.ts'
import { clientDisconnected } from './disconnect-signal.ts'
import { isImageUrl } from './image-url.ts'
import type { HttpParts } from './parts.ts'
import { asDarkroomError, problemHeaders, toProblem } from './problem.ts'
import { endAfterRequest, isBodyUnread } from './unread-body.ts'

/** What sending a problem needs. */
export type ProblemParts = Pick<HttpParts, 'metrics' | 'usage' | 'maxDiscardedBytes'>

/** Sends any error as a problem, and logs it as an error when the service is at fault. */
export function sendProblem(
  { metrics, usage, maxDiscardedBytes }: ProblemParts,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  // the client has disconnected: no response can be sent, and the error is not the service's fault
  if (error === clientDisconnected || reply.raw.destroyed) {
    request.log.debug({ url: withoutSignature(request.originalUrl) }, 'client disconnected')
    return reply.hijack()
  }
  const failure = asFailure(error, request)
  // the rest of a slow body is not read: Node closes the connection once the response is sent
  const isSlow = !request.raw.complete && (failure.status === 408 || failure.status === 504)
  if (isSlow) reply.raw.shouldKeepAlive = false
  metrics.failed(failure.code)
  if (request.tenant) usage.countError(request.tenant, failure.code)
  const fields = { err: error, code: failure.code, url: withoutSignature(request.originalUrl) }
  if (isServiceFault(failure.code)) request.log.error(fields, failure.message)
  else request.log.debug(fields, failure.message)
  // removes the headers of the intended response, except those that also apply to the problem
  const keptHeaders = failure.code === 'range-not-satisfiable' ? ['content-range', 'vary'] : ['vary']
  for (const name of Object.keys(reply.getHeaders())) {
    if (!keptHeaders.includes(name)) reply.removeHeader(name)
  }
  const isImage = isImageUrl(request.originalUrl)
  if (failure.code === 'method-not-allowed')
    reply.header('allow', request.routeOptions.config.allow ?? 'GET, HEAD')
  // a Buffer: to a string Fastify would add a charset, a parameter that problem+json does not have
  const body = Buffer.from(JSON.stringify(toProblem(failure, request.id)))
  reply.code(failure.status).headers(problemHeaders(failure, isImage)).header('content-length', body.length)
  const lingers = !isSlow && request.method !== 'HEAD' && isBodyUnread(request.raw)
  return reply.send(lingers ? endAfterRequest(body, request, maxDiscardedBytes) : body)
}

/** A request that took too long because its body did not arrive is the client's fault. */
function asFailure(error: unknown, { raw }: FastifyRequest): DarkroomError {
  const failure = asDarkroomError(error)
  if (failure.code !== 'deadline' || raw.complete) return failure
  return new DarkroomError('request-timeout', 'the body did not arrive in time', { cause: error })
}

/** The problems for specific errors of Node's HTTP parser; any other error is `malformed`. */
const parserCodes: Readonly<Record<string, DarkroomError>> = {
  HPE_HEADER_OVERFLOW: new DarkroomError(
    'header-too-large',
    'the request headers are too large, at most 16 KiB are accepted',
  ),
  ERR_HTTP_REQUEST_TIMEOUT: new DarkroomError('request-timeout', 'the request did not arrive in time'),
}
const malformed = new DarkroomError('bad-request', 'the request is incomplete or not valid HTTP/1.1')

/**
 * Answers a request that is not valid HTTP or arrived too slowly, and closes its connection. While another response is
 * being sent on the connection, nothing is written: it would end up in the middle of that response.
 */
export function rejectMalformedRequest(error: Error & { code?: string }, socket: Socket): void {
  const isResponding = '_httpMessage' in socket && socket._httpMessage
  if (error.code !== 'ECONNRESET' && socket.writable && !isResponding) {
    const failure = parserCodes[error.code ?? ''] ?? malformed
    const problem = toProblem(failure, randomUUID())
    const body = JSON.stringify(problem)
    const headers = { ...problemHeaders(failure, false), 'content-length': body.length, connection: 'close' }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`)
  }
  socket.destroy(error)
}
