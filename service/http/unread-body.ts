import type { IncomingMessage } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { hasBody } from './body-framing.ts'

/** How long the rest of a refused body is read, in milliseconds. nginx reads as long (`lingering_time`). */
const lingerMs = 30_000
/** The time between two looks at what has arrived, in milliseconds. */
const tickMs = 100

/** Whether a part of a request's body has not arrived yet. */
export const isBodyUnread = (raw: IncomingMessage): boolean => hasBody(raw.headers) && !raw.complete

/**
 * The body of an error response to a request whose own body is still arriving. It is sent at once, and ends when the
 * request's body has ended: until then, what arrives is discarded. Browsers send their whole body before they read a
 * response, and a connection that closes earlier is reset, so that its client never sees the response (RFC 9112, 9.6).
 *
 * The connection is closed after `maxBytes` more bytes, after half a minute, or when the server closes. It also stays
 * under the watch of `rejectSlowBodies`.
 */
export function endAfterRequest(response: Buffer, request: FastifyRequest, maxBytes: number): Readable {
  const { raw, server } = request
  const { socket } = raw
  const stream = new PassThrough()
  stream.write(response)
  const mostBytes = socket.bytesRead + maxBytes
  const deadline = performance.now() + lingerMs
  const timer = setInterval(() => {
    const mayGoOn = socket.bytesRead <= mostBytes && performance.now() < deadline && server.server.listening
    if (!mayGoOn) socket.destroy()
    if (socket.destroyed) end()
  }, tickMs).unref()
  const end = () => {
    clearInterval(timer)
    stream.end()
  }
  raw.once('end', end).once('close', end)
  // a form parser that has stopped would hold up the rest
  raw.unpipe()
  raw.resume()
  return stream
}
