import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { DarkroomError } from '../../errors/catalogue.ts'
import { withoutSignature } from '../../telemetry/logger.ts'
import type { RouteOptions } from '../parts.ts'
import { problemHeaders, toCatalogue, toProblem } from '../problem.ts'

/** Renders every error as a problem, and logs what is our fault. */
export default async function problems(server: FastifyInstance, { parts }: RouteOptions): Promise<void> {
  const answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const failure = toCatalogue(error)
    parts.metrics.failed(failure.code)
    const about = { err: error, code: failure.code, url: withoutSignature(request.originalUrl) }
    if (failure.status >= 500) request.log.error(about, failure.message)
    else request.log.debug(about, failure.message)
    // headers of a response that did not come about must not describe the problem
    const length = failure.code === 'range-not-satisfiable' ? reply.getHeader('content-range') : undefined
    for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name)
    if (length !== undefined) reply.header('content-range', length)
    const isImage = /^\/(processed|raw)\//.test(request.originalUrl)
    return reply
      .code(failure.status)
      .headers(problemHeaders(failure, isImage))
      .send(JSON.stringify(toProblem(failure, request.id)))
  }
  server.setErrorHandler((error, request, reply) => answer(error, request, reply))
  server.setNotFoundHandler((request, reply) =>
    answer(new DarkroomError('not-found', `there is no ${request.method} of this path`), request, reply),
  )
}
