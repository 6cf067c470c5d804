import { scopesOf } from '../../auth/scopes.ts'
import type { ProtectedRoute } from '../../http/route-access.ts'
import { callJson, read, type Session } from '../support/session.ts'

/** A user with a credential. */
export interface Principal {
  readonly name: string
  readonly role: 'admin' | 'member'
  readonly token: string
  /** Whether the route is available to this principal. */
  may(route: ProtectedRoute): boolean
}

/** A user's principals: the session, and one API key for each scope. */
export async function principalsOf(session: Session, role: Principal['role']): Promise<Principal[]> {
  const all: ReadonlySet<string> = scopesOf(role)
  const may = (scopes: ReadonlySet<string>, { access = 'anyone' }: ProtectedRoute) =>
    scopes.has(access) || access === 'signed-in'
  const principals: Principal[] = [
    { name: `${role} with a session`, role, token: session.token, may: route => may(all, route) },
  ]
  for (const scope of scopesOf(role)) {
    const made = await callJson(session, 'POST', '/api/v1/api-keys', { name: scope, scopes: [scope] })
    const { secret: token } = await read<{ secret: string }>(made, 201)
    const own = new Set([scope])
    principals.push({
      name: `${role} with a key for ${scope}`,
      role,
      token,
      may: route => !route.sessionOnly && may(own, route),
    })
  }
  return principals
}
