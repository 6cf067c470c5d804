import type { FastifyInstance } from 'fastify'
import type { Principal } from '../auth/accounts.ts'
import type { Scope } from '../auth/scopes.ts'
import { DarkroomError } from '../errors/catalogue.ts'

/** Who may come: anyone, whoever proves who he is, or whoever may do this. */
export type RequiredAccess = 'anyone' | 'signed-in' | Scope

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route below `/api/v1` states it. */
    access?: RequiredAccess
    /** Whether API keys are refused, whatever their scopes: what concerns sessions and passwords. */
    sessionOnly?: boolean
  }
  interface FastifyInstance {
    /** The routes below `/api/v1`. */
    readonly protectedRoutes: readonly ProtectedRoute[]
  }
}

/** What a route asks for. */
export interface ProtectedRoute {
  readonly method: string
  readonly url: string
  readonly access: RequiredAccess | undefined
  readonly sessionOnly: boolean
}

/** Collects what routes ask for as they come. With one that asks for nothing the server does not become ready. */
export function collectProtectedRoutes(server: FastifyInstance): readonly ProtectedRoute[] {
  const list: ProtectedRoute[] = []
  server.addHook('onRoute', ({ method, url, config }) => {
    if (!url.startsWith('/api/v1/')) return
    for (const one of [method].flat())
      list.push({ method: one, url, access: config?.access, sessionOnly: config?.sessionOnly === true })
  })
  server.addHook('onReady', async () => {
    const silent = list.filter(({ access }) => access === undefined)
    if (silent.length === 0) return
    const names = silent.map(({ method, url }) => `${method} ${url}`).join(', ')
    throw new Error(`config.access is missing: ${names}`)
  })
  return list
}

/** @throws DarkroomError `forbidden` that names what is missing */
export function requireAccess(
  { scopes, credential }: Principal,
  { access, sessionOnly }: { access?: RequiredAccess; sessionOnly?: boolean },
): void {
  if (sessionOnly && credential.kind === 'key') {
    throw new DarkroomError('forbidden', 'API keys cannot do this: log in')
  }
  if (access === 'anyone' || access === 'signed-in') return
  if (access !== undefined && scopes.has(access)) return
  const refusal =
    credential.kind === 'key' ? `this API key lacks the scope ${access}` : 'this is for administrators'
  throw new DarkroomError('forbidden', refusal)
}
