import { DarkroomError } from '../errors/catalogue.ts'

/** What a signature speaks for, raw as sent: nothing is decoded before it is verified. */
export interface SignedParts {
  readonly path: string
  /** Expiry, Unix seconds. */
  readonly e?: string | undefined
  /** Key id. */
  readonly k?: string | undefined
  /** Policy name. */
  readonly p?: string | undefined
}

/** A request's parts with its signature, if it has one. */
export interface SignedRequest extends SignedParts {
  readonly s?: string | undefined
}

const owner = /^\/(?:processed|raw)\/([a-z0-9]{6,32})\//
const policyScope = /^\/processed\/[a-z0-9]{6,32}\/[a-z0-9]{6,32}(?=[_.]|$)/
const names = ['e', 'k', 'p', 's'] as const

/** The id in a path's owner segment, by a scan of the raw path; undefined when there is none of the right form. */
export function parseUserId(path: string): string | undefined {
  return owner.exec(path)?.[1]
}

/**
 * Takes a raw URL (path and query, as sent) apart. Parameters other than `e`, `k`, `p`, `s` are ignored.
 * @throws DarkroomError `bad-signature` when one of the four stands there twice: two readers might pick different ones
 */
export function parseSignedUrl(rawUrl: string): SignedRequest {
  const mark = rawUrl.indexOf('?')
  if (mark < 0) return { path: rawUrl }
  const values = new Map<string, string>()
  for (const parameter of rawUrl.slice(mark + 1).split('&')) {
    const equals = parameter.indexOf('=')
    const name = names.find(one => one === (equals < 0 ? parameter : parameter.slice(0, equals)))
    if (!name) continue
    if (values.has(name)) throw new DarkroomError('bad-signature', `the parameter ${name} is there twice`)
    values.set(name, equals < 0 ? '' : parameter.slice(equals + 1))
  }
  const [e, k, p, s] = names.map(name => values.get(name))
  return { path: rawUrl.slice(0, mark), e, k, p, s }
}

/**
 * What is signed: the path, then the present ones of `e`, `k`, `p` in this order. With a policy the path is only
 * `/processed/<userId>/<imageId>`; undefined when it has no such beginning, as nothing can sign that.
 */
export function signatureMessage({ path, e, k, p }: SignedParts): string | undefined {
  const scope = p === undefined ? path : policyScope.exec(path)?.[0]
  return scope === undefined ? undefined : withQuery(scope, { e, k, p })
}

/** The signed URL, path and query: the parts in the order in which they are signed, and the signature. */
export function printSignedUrl({ path, e, k, p }: SignedParts, s: string): string {
  return withQuery(path, { e, k, p, s })
}

function withQuery(path: string, parameters: Omit<SignedRequest, 'path'>): string {
  const present = names.filter(name => parameters[name] !== undefined)
  return present.length > 0 ? `${path}?${present.map(name => `${name}=${parameters[name]}`).join('&')}` : path
}
