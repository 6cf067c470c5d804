import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { DarkroomError } from '../errors/catalogue.ts'
import { problemHeaders, toProblem } from './problem.ts'

const ambiguous = new DarkroomError(
  'bad-request',
  'transfer-encoding: is repeated or unknown, expected chunked once',
)

/** Whether a request has a body. */
export const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/**
 * Rejects a request whose `Transfer-Encoding` is anything but `chunked`, and closes its connection. A proxy may see the
 * end of such a body elsewhere than Node, and then hide a second request in it (request smuggling; RFC 9112, 11.2). Node
 * accepts any list that ends in `chunked`. Node may have read a second request already: it is dropped.
 * @returns whether the request was rejected or dropped
 */
export function rejectAmbiguousBody(request: IncomingMessage, response: ServerResponse): boolean {
  // Node joins repeated headers with commas
  const encoding = request.headers['transfer-encoding']
  const { socket } = request
  if (encoding === undefined || encoding.toLowerCase() === 'chunked') return socket.writableEnded
  const problem = toProblem(ambiguous, randomUUID())
  response.shouldKeepAlive = false
  response.writeHead(problem.status, problemHeaders(ambiguous, false)).end(JSON.stringify(problem))
  socket.destroySoon()
  return true
}
