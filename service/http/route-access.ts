import type { FastifyInstance } from 'fastify'
import type { Principal } from '../auth/accounts.ts'
import type { Scope } from '../auth/scopes.ts'
import { DarkroomError } from '../errors/catalogue.ts'

/** The callers that a route allows: anyone, any authenticated caller, or a caller with this scope. */
export type RequiredAccess = 'anyone' | 'signed-in' | Scope

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Required on every route below `/api/v1`. */
    access?: RequiredAccess
    /** Whether API keys are rejected regardless of their scopes, as on routes for sessions and passwords. */
    sessionOnly?: boolean
  }
  interface FastifyInstance {
    /** The routes below `/api/v1`. */
    readonly protectedRoutes: readonly ProtectedRoute[]
  }
}

/** The access that a route requires. */
export interface ProtectedRoute {
  readonly method: string
  readonly url: string
  readonly access: RequiredAccess | undefined
  readonly sessionOnly: boolean
}

/**
 * Collects the required access of each route as it is registered. The server does not become ready while a route
 * below `/api/v1` has no `config.access`, so that a forgotten one can never be public.
 */
export function collectProtectedRoutes(server: FastifyInstance): readonly ProtectedRoute[] {
  const list: ProtectedRoute[] = []
  server.addHook('onRoute', ({ method, url, config }) => {
    if (!url.startsWith('/api/v1/') || config?.allow !== undefined) return
    for (const name of [method].flat())
      list.push({ method: name, url, access: config?.access, sessionOnly: config?.sessionOnly === true })
  })
  server.addHook('onReady', async () => {
    const unprotected = list.filter(({ access }) => access === undefined)
    if (unprotected.length === 0) return
    const names = unprotected.map(({ method, url }) => `${method} ${url}`).join(', ')
    throw new Error(`config.access is missing: ${names}`)
  })
  return list
}

/** Rejects a caller without the required access. @throws DarkroomError `forbidden` that names the missing scope */
export function requireAccess(
  { scopes, credential }: Principal,
  { access, sessionOnly }: { access?: RequiredAccess; sessionOnly?: boolean },
): void {
  if (sessionOnly && credential.kind === 'key') {
    throw new DarkroomError('forbidden', 'API keys cannot call this route, log in instead')
  }
  if (access === 'anyone' || access === 'signed-in') return
  if (access !== undefined && scopes.has(access)) return
  const detail =
    credential.kind === 'key'
      ? `the API key lacks the scope ${access}`
      : 'only administrators can call this route'
  throw new DarkroomError('forbidden', detail)
}
