import type { FastifyInstance } from 'fastify'
import { DarkroomError } from '../../errors/catalogue.ts'
import { isImageUrl } from '../image-url.ts'
import { type ProblemParts, sendProblem } from '../send-problem.ts'

/** Sends every error of a route, and every unknown path, as a problem. */
export default function sendProblems(server: FastifyInstance, parts: ProblemParts): void {
  server.decorateRequest('tenant', null)
  server.setErrorHandler((error, request, reply) => sendProblem(parts, error, request, reply))
  server.setNotFoundHandler((request, reply) => {
    const failure = isImageUrl(request.originalUrl)
      ? new DarkroomError('method-not-allowed', 'images are read-only, expected GET or HEAD')
      : new DarkroomError('not-found', `there is no route for ${request.method} on this path`)
    return sendProblem(parts, failure, request, reply)
  })
}
