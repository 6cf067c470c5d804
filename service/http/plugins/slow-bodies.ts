import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ProgressLimits, watchProgress } from '../../concurrency/progress-watch.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { hasBody } from '../body-framing.ts'

/**
 * Ends every request whose body stops arriving or arrives too slowly with 408, so that it holds no slot and no socket.
 * A body that its handler does not read is watched as well, as Node receives it to its end after the response.
 */
export default function rejectSlowBodies(server: FastifyInstance, limits: ProgressLimits): void {
  // before authentication, whose errors would keep later hooks from running
  server.addHook('onRequest', async (request, reply) => watchBody(request, reply, limits))
}

/** Watches a body until it is complete or its connection closes. */
export function watchBody({ raw }: FastifyRequest, reply: FastifyReply, limits: ProgressLimits): void {
  const { headers, socket } = raw
  if (!hasBody(headers)) return
  const transfer = {
    bytes: () => socket.bytesRead,
    isReading: () => !raw.complete && raw.readableFlowing === true,
  }
  const stop = watchProgress(transfer, limits, reason => {
    // the response closes the connection; see `sendProblem`
    if (!reply.raw.headersSent)
      reply.send(new DarkroomError('request-timeout', `the body is too slow: ${reason}`))
    else if (!raw.complete) socket.destroy()
  })
  raw.once('end', stop).once('close', stop)
}
