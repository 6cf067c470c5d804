import type { FastifyInstance } from 'fastify'
import type { Access } from '../access.ts'

/** What a route cannot say by its schemas. */
export interface RouteNotes {
  /** Its path, where the router knows another one. */
  readonly path?: string
  /** Its answers, by status, where there are no schemas of them. */
  readonly successes?: Readonly<Record<number, object>>
  /** What it adds to its operation, or says in its place. */
  readonly operation?: Readonly<Record<string, unknown>>
}

/** A route as its document is drawn from it. */
export interface ShownRoute {
  readonly method: string
  readonly url: string
  readonly access: Access | undefined
  readonly schema: RouteSchemas
  readonly notes: RouteNotes | undefined
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
    openapi?: RouteNotes
  }
  interface FastifyInstance {
    readonly shownRoutes: readonly ShownRoute[]
  }
}

/** Collects the routes that the document shows, as they come; `HEAD` is what `GET` is, without a body. */
export function shownRoutesOf(server: FastifyInstance): readonly ShownRoute[] {
  const routes: ShownRoute[] = []
  server.addHook('onRoute', ({ method, url, schema = {}, config }) => {
    const notes = config?.openapi
    if (!url.startsWith('/api/v1/') && notes === undefined) return
    for (const one of [method].flat())
      if (one !== 'HEAD') routes.push({ method: one, url, schema, access: config?.access, notes })
  })
  return routes
}
