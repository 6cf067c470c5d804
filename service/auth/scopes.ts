import type { Role } from '../metadata/users.ts'

/** The rights that a request may have; `admin` is for administrators only. */
export const scopes = ['images:read', 'images:write', 'sign', 'keys', 'usage', 'admin'] as const

export type Scope = (typeof scopes)[number]

/** All scopes of a role: those of a session, and the most that an API key can have. */
export function scopesOf(role: Role): ReadonlySet<Scope> {
  return new Set(scopes.filter(scope => scope !== 'admin' || role === 'admin'))
}
