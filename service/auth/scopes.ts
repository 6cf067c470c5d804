import type { Role } from '../metadata/users.ts'

/** What a request may be allowed to do; `admin` is for administrators alone. */
export const scopes = ['images:read', 'images:write', 'sign', 'keys', 'usage', 'admin'] as const

export type Scope = (typeof scopes)[number]

/** All that a role allows: what a session may do, and the most that an API key can be good for. */
export function scopesOf(role: Role): ReadonlySet<Scope> {
  return new Set(scopes.filter(scope => scope !== 'admin' || role === 'admin'))
}
