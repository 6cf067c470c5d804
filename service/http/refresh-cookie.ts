import type { FastifyRequest } from 'fastify'

const name = 'darkroom_refresh'
/** Only the routes that need it get it. */
const path = '/api/v1/auth'
const lastsSeconds = 30 * 24 * 3600

/** The `Set-Cookie` that hands a refresh token out, or with none takes it back. No script and no other site gets at it. */
export function serializeRefreshCookie(token: string | undefined, secure: boolean): string {
  const life = token === undefined ? 0 : lastsSeconds
  const attributes = `Path=${path}; Max-Age=${life}; HttpOnly; SameSite=Strict`
  return `${name}=${token ?? ''}; ${attributes}${secure ? '; Secure' : ''}`
}

/** The refresh token that came with a request; two of them are none. */
export function readRefreshCookie(request: FastifyRequest): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map(pair => pair.trim())
  const found = pairs.filter(pair => pair.startsWith(`${name}=`))
  const [one] = found
  return found.length === 1 ? one?.slice(name.length + 1) : undefined
}
