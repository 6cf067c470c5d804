import type { FastifyInstance } from 'fastify'
import { DarkroomError } from '../../errors/catalogue.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The methods of the path, if a request with this one gets 405. */
    allow?: string
  }
  interface FastifyInstance {
    /** Adds a route for each method that a path does not declare. It must be called after all other routes are registered. */
    rejectUndeclaredMethods(): void
  }
}

/** Answered as before: a preflight is answered before routing, and no path but that of direct uploads declares it. */
const unanswered = 'OPTIONS'

/**
 * Answers 405 with `Allow` to a method that a documented path does not declare. These are routes, because a path with a
 * parameter may declare the method: `DELETE /api/v1/images/tags` must not delete the image `tags`.
 */
export default function collectMethods(server: FastifyInstance): void {
  const declared = new Map<string, Set<string>>()
  server.addHook('onRoute', ({ url, method, config }) => {
    const isDocumented = url.startsWith('/api/v1/') || config?.openapi !== undefined
    if (config?.allow !== undefined || !isDocumented) return
    const methods = declared.get(url) ?? new Set()
    for (const name of [method].flat()) methods.add(name)
    declared.set(url, methods)
  })
  server.decorate('rejectUndeclaredMethods', () => {
    for (const [url, methods] of declared) rejectMethods(server, url, methods)
  })
}

function rejectMethods(server: FastifyInstance, url: string, declared: ReadonlySet<string>): void {
  const allow = [...declared].sort().join(', ')
  const method = server.supportedMethods.filter(name => name !== unanswered && !declared.has(name))
  server.route({
    url,
    method,
    config: { access: 'anyone', allow },
    // before the body is parsed, as its type does not matter
    onRequest: async request => {
      throw new DarkroomError(
        'method-not-allowed',
        `${request.method} is not allowed on this path, expected ${allow}`,
      )
    },
    handler: async () => undefined,
  })
}
