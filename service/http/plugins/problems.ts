import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DarkroomError } from '../../errors/catalogue.ts'
import { findDashboardPage } from '../dashboard-files.ts'
import { isImageUrl } from '../image-url.ts'
import { type ProblemParts, sendProblem } from '../send-problem.ts'
import { sendMissingPage } from '../send-static-file.ts'

/** Sends every error of a route as a problem, and every unknown path, except to browsers that navigate to it. */
export default function sendProblems(server: FastifyInstance, parts: ProblemParts): void {
  server.decorateRequest('tenant', null)
  server.setErrorHandler((error, request, reply) => sendProblem(parts, error, request, reply))
  server.setNotFoundHandler(async (request, reply) => {
    const page = wantsPage(request) ? await findDashboardPage() : undefined
    if (page) return sendMissingPage(page, request, reply)
    const failure = isImageUrl(request.originalUrl)
      ? new DarkroomError('method-not-allowed', 'images are read-only, expected GET or HEAD')
      : new DarkroomError('not-found', `there is no route for ${request.method} on this path`)
    return sendProblem(parts, failure, request, reply)
  })
}

/** Whether a browser navigates to a path of the dashboard. Scripts and other clients get a problem. */
function wantsPage({ method, headers, originalUrl }: FastifyRequest): boolean {
  if (method !== 'GET' || isImageUrl(originalUrl) || /^\/api\//i.test(originalUrl)) return false
  return /\btext\/html\b/i.test(headers.accept ?? '')
}
