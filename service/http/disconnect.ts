import type { FastifyReply } from 'fastify'

/**
 * A signal that aborts when nobody waits for the response any more: the client went away, or it was answered (a
 * handler that ran out of time). `request.signal` would abort as soon as a body has been read.
 */
export function whileWaiting(reply: FastifyReply): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => controller.abort(new Error('nobody waits for the response any more')))
  return controller.signal
}
