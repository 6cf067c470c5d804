import type { Role } from '../metadata/users.ts'

/** What a request may be allowed to do; `admin` is for administrators only. */
export const scopes = ['images:read', 'images:write', 'sign', 'keys', 'usage', 'admin'] as const

export type Scope = (typeof scopes)[number]

/** All scopes of a role: those of a session, and the most that an API key can have. */
export function scopesOf(role: Role): ReadonlySet<Scope> {
  return new Set(scopes.filter(scope => scope !== 'admin' || role === 'admin'))
}
