import type { FastifyInstance } from 'fastify'
import type { RequiredAccess } from '../route-access.ts'

/** What a route cannot say by its schemas. */
export interface RouteDocs {
  /** Its path, where the router knows another one. */
  readonly path?: string
  /** Its answers, by status, where there are no schemas of them. */
  readonly successes?: Readonly<Record<number, object>>
  /** What it adds to its operation, or says in its place. */
  readonly operation?: Readonly<Record<string, unknown>>
}

/** A route as its document is drawn from it. */
export interface DocumentedRoute {
  readonly method: string
  readonly url: string
  readonly access: RequiredAccess | undefined
  readonly schema: RouteSchemas
  readonly notes: RouteDocs | undefined
}

/** JSON Schemas, as far as the route has them. */
export interface RouteSchemas {
  readonly body?: unknown
  readonly params?: unknown
  readonly querystring?: unknown
  readonly response?: unknown
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route outside of `/api/v1` is shown only with it. */
    openapi?: RouteDocs
  }
  interface FastifyInstance {
    readonly documentedRoutes: readonly DocumentedRoute[]
  }
}

/** Collects the routes that the document shows, as they come; `HEAD` is what `GET` is, without a body. */
export function collectDocumentedRoutes(server: FastifyInstance): readonly DocumentedRoute[] {
  const routes: DocumentedRoute[] = []
  server.addHook('onRoute', ({ method, url, schema = {}, config }) => {
    const notes = config?.openapi
    if (!url.startsWith('/api/v1/') && notes === undefined) return
    for (const one of [method].flat())
      if (one !== 'HEAD') routes.push({ method: one, url, schema, access: config?.access, notes })
  })
  return routes
}
