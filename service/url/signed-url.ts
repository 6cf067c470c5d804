import { DarkroomError } from '../errors/catalogue.ts'

/** The parts of a URL that a signature covers, exactly as sent: nothing is decoded before the signature is verified. */
export interface SignedParts {
  readonly path: string
  /** Expiry, Unix seconds. */
  readonly e?: string | undefined
  /** Key id. */
  readonly k?: string | undefined
  /** Policy name. */
  readonly p?: string | undefined
  /** File name of a download, percent-encoded; see `parseDownload`. */
  readonly dl?: string | undefined
}

/** The signed parts of a request, and its signature if it has one. */
export interface SignedRequest extends SignedParts {
  readonly s?: string | undefined
}

const ownerSegment = /^\/(?:processed|raw)\/([a-z0-9]{6,32})\//
const policyScope = /^\/processed\/[a-z0-9]{6,32}\/[a-z0-9]{6,32}(?=[_.]|$)/
const parameterNames = ['e', 'k', 'p', 'dl', 's'] as const

/** The user id in a path as sent, without parsing the rest; undefined when the path has none of the right form. */
export function parseUserId(path: string): string | undefined {
  return ownerSegment.exec(path)?.[1]
}

/**
 * Splits a raw URL (path and query, as sent) into its signed parts. Other query parameters are ignored.
 * @throws DarkroomError `bad-signature` when `e`, `k`, `p`, `dl` or `s` appears twice: two parsers could pick different ones
 */
export function parseSignedUrl(urlAsSent: string): SignedRequest {
  const mark = urlAsSent.indexOf('?')
  if (mark < 0) return { path: urlAsSent }
  const values = new Map<string, string>()
  for (const parameter of urlAsSent.slice(mark + 1).split('&')) {
    const equals = parameter.indexOf('=')
    const name = parameterNames.find(one => one === (equals < 0 ? parameter : parameter.slice(0, equals)))
    if (!name) continue
    if (values.has(name)) throw new DarkroomError('bad-signature', `${name}: appears twice, expected once`)
    values.set(name, equals < 0 ? '' : parameter.slice(equals + 1))
  }
  const [e, k, p, dl, s] = parameterNames.map(name => values.get(name))
  return { path: urlAsSent.slice(0, mark), e, k, p, dl, s }
}

/**
 * The message that is signed: the path, then those of `e`, `k`, `p` and `dl` that are present, in this order. With a policy
 * only the start of the path, `/processed/<userId>/<imageId>`, is signed; undefined when the path has no such start.
 */
export function signatureMessage({ path, e, k, p, dl }: SignedParts): string | undefined {
  const scope = p === undefined ? path : policyScope.exec(path)?.[0]
  return scope === undefined ? undefined : withQuery(scope, { e, k, p, dl })
}

/** Prints a signed URL, path and query: the parts in the order in which they are signed, then the signature. */
export function printSignedUrl({ path, e, k, p, dl }: SignedParts, s: string): string {
  return withQuery(path, { e, k, p, dl, s })
}

function withQuery(path: string, parameters: Omit<SignedRequest, 'path'>): string {
  const present = parameterNames.filter(name => parameters[name] !== undefined)
  return present.length > 0 ? `${path}?${present.map(name => `${name}=${parameters[name]}`).join('&')}` : path
}
