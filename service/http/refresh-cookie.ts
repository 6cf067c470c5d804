import type { FastifyRequest } from 'fastify'

const name = 'darkroom_refresh'
/** Browsers send it to the authentication routes alone. */
const path = '/api/v1/auth'
const maxAgeSeconds = 30 * 24 * 3600

/**
 * The `Set-Cookie` value that sets a refresh token, or clears it when there is none. `HttpOnly` keeps it from scripts,
 * `SameSite=Strict` from requests of other sites.
 */
export function serializeRefreshCookie(token: string | undefined, secure: boolean): string {
  const maxAge = token === undefined ? 0 : maxAgeSeconds
  const attributes = `Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Strict`
  return `${name}=${token ?? ''}; ${attributes}${secure ? '; Secure' : ''}`
}

/** The refresh token of a request. Undefined when there is none, or more than one. */
export function readRefreshCookie(request: FastifyRequest): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map(pair => pair.trim())
  const matches = pairs.filter(pair => pair.startsWith(`${name}=`))
  const [match] = matches
  return matches.length === 1 ? match?.slice(name.length + 1) : undefined
}
