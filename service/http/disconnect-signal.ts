import type { FastifyReply } from 'fastify'

/** One for all: a request that was answered ends with it, too. */
export const clientDisconnected = new Error('nobody waits for the response any more')

/**
 * A signal that aborts when nobody waits for the response any more: the client went away, or it was answered (a
 * handler that ran out of time). `request.signal` would abort as soon as a body has been read.
 */
export function disconnectSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort(clientDisconnected))
  return controller.signal
}
