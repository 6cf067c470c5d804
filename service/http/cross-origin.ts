/** Which pages of other origins may read a response: `*` for those of every origin. */
export type Origins = '*' | readonly string[]

/** `Timing-Allow-Origin` contains the whole list, and proxies have a buffer of 4 kB for all headers of a response. */
const maxOrigins = 20
const maxOriginLength = 100

/**
 * Parses `*`, or a list of origins (`https://shop.example.com, http://localhost:3000`).
 * @throws Error that names the invalid entry
 */
export function parseImageOrigins(text: string): Origins {
  if (text.trim() === '*') return '*'
  const origins = parseOrigins('DARKROOM_IMAGE_ORIGINS', text, '* or origins')
  if (origins.length > 0) return origins
  throw new Error('DARKROOM_IMAGE_ORIGINS: is an empty list, expected * or origins')
}

/**
 * Parses such a list for the API. `*` is not accepted: pages that any visitor opens could try passwords from the
 * visitor's address, and reach services that only the visitor's network can reach.
 * @throws Error that names the invalid entry
 */
export function parseApiOrigins(text: string | undefined): readonly string[] {
  return parseOrigins('DARKROOM_API_ORIGINS', text ?? '', 'origins')
}

function parseOrigins(name: string, text: string, expected: string): readonly string[] {
  const origins = [...new Set(text.split(/[\s,]+/).filter(entry => entry !== ''))]
  if (origins.length > maxOrigins)
    throw new Error(`${name}: has too many origins, expected at most ${maxOrigins}`)
  const wrong = origins.find(origin => !isOrigin(origin))
  if (wrong === undefined) return origins
  throw new Error(
    `${name}: ${wrong.slice(0, maxOriginLength)} is invalid, expected ${expected} such as https://shop.example.com`,
  )
}

/** Whether a text is an origin as browsers write it into `Origin`. */
function isOrigin(text: string): boolean {
  // URLs may contain *, but an origin with it would match no page
  if (text.length > maxOriginLength || text.includes('*') || !URL.canParse(text)) return false
  const { protocol, origin } = new URL(text)
  return /^https?:$/.test(protocol) && origin === text
}

/** The CORS headers of one kind of response. */
export interface CrossOriginAccess {
  /** The headers that are equal for all requests. */
  readonly headers: Readonly<Record<string, string>>
  /** Sent in addition in the response to a preflight. */
  readonly preflight: Readonly<Record<string, string>>
  /** The origins of which one is allowed by name, if the request comes from it; undefined where `headers` say all. */
  readonly named: ReadonlySet<string> | undefined
}

/** How long a browser may remember the response to a preflight, in seconds. */
const preflightSeconds = '3600'

/**
 * The headers of images. They are equal for all requests, so that a cache keeps one object, unless several origins are
 * listed: a response can allow only one by name. Credentials are never allowed, since the URL is the credential.
 */
export function imageAccess(origins: Origins): CrossOriginAccess {
  const listed = origins === '*' ? ['*'] : origins
  return {
    headers: {
      ...(listed.length === 1 && { 'access-control-allow-origin': listed.join() }),
      'access-control-expose-headers': '*',
      'timing-allow-origin': listed.join(', '),
      'cross-origin-resource-policy': 'cross-origin',
    },
    preflight: {
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': '*',
      'access-control-max-age': preflightSeconds,
    },
    named: listed.length > 1 ? new Set(listed) : undefined,
  }
}

/**
 * The headers of the API; undefined where no page of another origin may call it. Without
 * `Access-Control-Allow-Credentials` browsers give such a page no response to a request with the dashboard's cookie: it
 * needs an API key or an access token of its own.
 */
export function apiAccess(origins: readonly string[]): CrossOriginAccess | undefined {
  if (origins.length === 0) return undefined
  return {
    headers: { 'access-control-expose-headers': 'Content-Disposition, Location, Retry-After' },
    preflight: {
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': 'Authorization, Content-Type',
      'access-control-max-age': preflightSeconds,
    },
    named: new Set(origins),
  }
}

/** The header that allows the request's origin by name; none where it is not listed, or where no name is needed. */
export function allowedOrigin(
  { named }: CrossOriginAccess,
  origin: string | undefined,
): Readonly<Record<string, string>> {
  return origin !== undefined && named?.has(origin) ? { 'access-control-allow-origin': origin } : {}
}

/** The value of `Vary` with `Origin`, where the response depends on it. */
export function withOrigin({ named }: CrossOriginAccess, vary: string | undefined): string | undefined {
  if (named === undefined) return vary
  return vary === undefined ? 'Origin' : `${vary}, Origin`
}
