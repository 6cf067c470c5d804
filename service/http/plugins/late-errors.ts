import type { FastifyInstance, RouteHandlerMethod } from 'fastify'

/**
 * Ignores the error of a handler whose request was answered meanwhile: it took too long, or its body was too slow. The
 * work was aborted because of that response, and Fastify would log the abort as an error.
 */
export default function ignoreLateErrors(server: FastifyInstance): void {
  server.addHook('onRoute', route => {
    const { handler } = route
    route.handler = async function (request, reply) {
      try {
        return await (handler as RouteHandlerMethod).call(this, request, reply)
      } catch (error) {
        if (!reply.sent) throw error
        request.log.debug({ err: error }, 'request failed after its response')
        return undefined
      }
    }
  })
}
