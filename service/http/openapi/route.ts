import type { FastifyInstance } from 'fastify'
import type { RequiredAccess } from '../route-access.ts'

/** Documentation of a route that its schemas cannot express. */
export interface RouteDocs {
  /** The public path, if the router uses another one. */
  readonly path?: string
  /** Success responses by status, if the route has no response schemas. */
  readonly successes?: Readonly<Record<number, object>>
  /** Fields of the OpenAPI operation, which override the derived ones. */
  readonly operation?: Readonly<Record<string, unknown>>
}

/** A route, reduced to what its documentation is derived from. */
export interface DocumentedRoute {
  readonly method: string
  readonly url: string
  readonly access: RequiredAccess | undefined
  readonly schema: RouteSchemas
  readonly docs: RouteDocs | undefined
}

/** The JSON Schemas of a route. */
export interface RouteSchemas {
  readonly summary?: string
  readonly body?: unknown
  readonly params?: unknown
  readonly querystring?: unknown
  readonly response?: unknown
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Extra documentation. Without it, a route outside `/api/v1` is left out of the OpenAPI document. */
    openapi?: RouteDocs
  }
  interface FastifySchema {
    /** A few words that say what the route does. */
    summary?: string
  }
  interface FastifyInstance {
    readonly documentedRoutes: readonly DocumentedRoute[]
  }
}

/** Collects the routes of the OpenAPI document as they are registered. `HEAD` is left out, as it mirrors `GET`. */
export function collectDocumentedRoutes(server: FastifyInstance): readonly DocumentedRoute[] {
  const routes: DocumentedRoute[] = []
  server.addHook('onRoute', ({ method, url, schema = {}, config }) => {
    const docs = config?.openapi
    if ((!url.startsWith('/api/v1/') && docs === undefined) || config?.allow !== undefined) return
    for (const name of [method].flat())
      if (name !== 'HEAD') routes.push({ method: name, url, schema, access: config?.access, docs })
  })
  return routes
}
