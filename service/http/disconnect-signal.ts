import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply } from 'fastify'

/**
 * The reason of every `disconnectSignal`: one shared error, so that creating it costs nothing per request. Requests
 * that were answered by a route abort with it, too.
 */
export const clientDisconnected = new Error('the client disconnected or has its response')

/** What ends with a connection. One listener of the socket serves all requests that a client has pipelined. */
const endings = new WeakMap<Socket, Set<() => void>>()

/** The signals of the responses whose work can be aborted. */
const controllers = new WeakMap<ServerResponse, AbortController>()

/**
 * A signal that aborts when the response is closed: the client disconnected, or the response was sent. It also aborts
 * when the time for the request is over; see `plugins/deadlines.ts`. Fastify's `request.signal` would abort once the
 * body has been read.
 */
export function disconnectSignal({ request, raw }: FastifyReply): AbortSignal {
  const known = controllers.get(raw)
  if (known) return known.signal
  const controller = new AbortController()
  controllers.set(raw, controller)
  onceClosed(request.raw, raw, () => controller.abort(clientDisconnected))
  // the time was over before the handler came here
  if (raw.writableEnded) controller.abort(clientDisconnected)
  return controller.signal
}

/** Aborts the work for a response that was sent before the work was done. */
export function abortWork(reply: FastifyReply): void {
  controllers.get(reply.raw)?.abort(clientDisconnected)
}

/**
 * Calls a function when the response is closed, whether it was sent or its connection ended.
 * @returns a function that cancels this
 */
export function onceClosed(
  { socket }: IncomingMessage,
  response: ServerResponse,
  close: () => void,
): () => void {
  const onSocket = endingsOf(socket)
  const end = () => {
    if (onSocket.delete(end)) close()
  }
  // a pipelined response that waits for the one before it has no socket yet, and is not closed with the connection
  onSocket.add(end)
  response.once('close', end)
  if (socket.destroyed || response.closed) end()
  return () => {
    onSocket.delete(end)
    response.off('close', end)
  }
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
