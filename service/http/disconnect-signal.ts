import type { FastifyReply } from 'fastify'

/**
 * The reason of every `disconnectSignal`: one shared error, so that creating it costs nothing per request. Requests
 * that were answered abort with it, too.
 */
export const clientDisconnected = new Error('the client disconnected or has its response')

/**
 * A signal that aborts when the response is closed: the client disconnected, or the response was sent (also by the
 * handler timeout while the handler still runs). Fastify's `request.signal` would abort once the body has been read.
 */
export function disconnectSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort(clientDisconnected))
  return controller.signal
}
