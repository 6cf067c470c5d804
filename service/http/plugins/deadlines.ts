import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { DarkroomError } from '../../errors/catalogue.ts'
import { abortWork, onceClosed } from '../disconnect-signal.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How long a request may take until its response is sent, in milliseconds, if not as long as most requests. */
    deadlineMs?: number
  }
}

/**
 * Ends every request that takes too long with 504, or with 408 if its body has not arrived, and aborts its work. A
 * response that is still being streamed then is cut off. Fastify's `handlerTimeout` does not do this: its timer ends
 * with the request, which Node closes as soon as the body has been read.
 *
 * A response that was handed to the system before that time is sent to its end, however slowly the client reads. For
 * derivatives, see `endUnread`.
 */
export default function limitRequests(server: FastifyInstance, defaultMs: number): void {
  // the first hook: authentication has to finish in time, too
  server.addHook('onRequest', (request, reply, done) => {
    const { deadlineMs = defaultMs } = request.routeOptions.config
    const timer = setTimeout(giveUp, deadlineMs, reply, deadlineMs)
    onceClosed(request.raw, reply.raw, () => clearTimeout(timer))
    done()
  })
}

function giveUp(reply: FastifyReply, deadlineMs: number): void {
  if (reply.sent) return
  if (reply.raw.headersSent) {
    reply.log.info({ deadlineMs }, 'ended a response that took too long')
    reply.raw.destroy()
  } else {
    reply.send(deadlineError(deadlineMs))
  }
  abortWork(reply)
}

/** Closes the connection of a client that has not read its response within this time. */
export function endUnread(request: IncomingMessage, response: ServerResponse, ms: number): void {
  // most responses are with the system already
  if (response.writableFinished) return
  const timer = setTimeout(() => response.destroy(), ms)
  onceClosed(request, response, () => clearTimeout(timer))
}

/** The error of a request that takes longer than this. */
export const deadlineError = (deadlineMs: number) =>
  new DarkroomError('deadline', `the request took longer than ${deadlineMs / 1000} s`)
