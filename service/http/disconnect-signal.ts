import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'

/**
 * The reason of every `disconnectSignal`: one shared error, so that creating it costs nothing per request. Requests
 * that were answered abort with it, too.
 */
export const clientDisconnected = new Error('the client disconnected or has its response')

/** What ends with a connection. One listener of the socket serves all requests that a client has pipelined. */
const endings = new WeakMap<Socket, Set<() => void>>()

/**
 * A signal that aborts when the response is closed: the client disconnected, or the response was sent (also by the
 * handler timeout while the handler still runs). Fastify's `request.signal` would abort once the body has been read.
 */
export function disconnectSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  const { socket } = reply.request.raw
  const onSocket = endingsOf(socket)
  const abort = () => {
    onSocket.delete(abort)
    controller.abort(clientDisconnected)
  }
  reply.raw.once('close', abort)
  // a pipelined response that waits for the one before it has no socket yet, and is not closed with the connection
  onSocket.add(abort)
  if (socket.destroyed) abort()
  return controller.signal
}

function endingsOf(socket: Socket): Set<() => void> {
  const known = endings.get(socket)
  if (known) return known
  const created = new Set<() => void>()
  endings.set(socket, created)
  socket.once('close', () => {
    for (const end of created) end()
  })
  return created
}
