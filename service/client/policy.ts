import { DarkroomError } from '../errors/catalogue.ts'
import { isId } from '../url/id.ts'
import { parseSignedUrl, printSignedUrl } from '../url/signed-url.ts'
import { type Candidates, candidatesOf } from './candidates.ts'
import { type Derivative, url } from './url.ts'

/** A signature for all derivatives of an image that a policy allows. It holds no secret, so browsers may have it. */
export interface PolicyGrant {
  /** The service's address, such as `https://images.example.com`; without it the URLs are paths. */
  readonly baseUrl?: string | undefined
  readonly userId: string
  readonly imageId: string
  /** The policy's name. */
  readonly policy: string
  readonly signature: string
  /** When the signature expires, in Unix seconds; absent if it does not expire. */
  readonly expires?: number | undefined
  /** The id of the signing key, if the URL names it. */
  readonly keyId?: string | undefined
  /** The file name of a download, percent-encoded as in the URL, if the URL is one: the signature covers it. */
  readonly download?: string | undefined
}

/** The operations and the format to request under a grant. */
export type Granted = Pick<Derivative, 'operations' | 'format'>

const absolute = /^(https?:\/\/[^/]+(?:\/[^?]*?)?)?(\/processed\/([a-z0-9]+)\/([a-z0-9]+)[^/]*)$/

/**
 * Reads the grant of a URL that was signed with a policy, so that a browser can build other URLs of the image.
 * @throws DarkroomError `bad-request` when the URL is not signed with a policy
 */
export function readGrant(signed: string): PolicyGrant {
  const found = findGrant(signed)
  if (found) return found.grant
  throw new DarkroomError('bad-request', 'the URL is not signed with a policy')
}

/**
 * The grant of a URL that was signed with a policy, and the URL's path; undefined for any other URL.
 * @throws DarkroomError `bad-signature` when a signature parameter appears twice
 */
export function findGrant(signed: string): { grant: PolicyGrant; path: string } | undefined {
  // the address is checked first, so that the query parameters of another site's URL cannot cause an error
  const [address = ''] = signed.split(/[?#]/, 1)
  const [, baseUrl, path = '', userId = '', imageId = ''] = absolute.exec(address) ?? []
  if (!isId(userId) || !isId(imageId)) return undefined
  const { e, k, p, dl, s } = parseSignedUrl(signed.split('#', 1)[0] ?? '')
  if (p === undefined || s === undefined) return undefined
  const expires = e === undefined ? undefined : Number(e)
  const signature = { policy: p, signature: s, expires, keyId: k, download: dl }
  return { grant: { baseUrl, userId, imageId, ...signature }, path }
}

/**
 * The URL of a derivative under a grant. The policy is not checked here: the server answers 403 if it is violated.
 * @throws DarkroomError `bad-url` with the option's name and the expected value, or `url-too-long`
 */
export function policyUrl(grant: PolicyGrant, { operations, format }: Granted = {}): string {
  const { baseUrl = '', userId, imageId, expires, keyId, policy, download, signature } = grant
  const path = url({ userId, imageId, operations, format })
  const e = expires === undefined ? undefined : String(expires)
  return (
    baseUrl.replace(/\/$/, '') + printSignedUrl({ path, e, k: keyId, p: policy, dl: download }, signature)
  )
}

/**
 * Builds a `srcset` from a grant: many widths or densities with one signature.
 * @throws DarkroomError as `policyUrl` and `srcset` do
 */
export function policySrcset(
  grant: PolicyGrant,
  { operations = [], format }: Granted,
  candidates: Candidates,
): string {
  return candidatesOf(operations, candidates)
    .map(one => `${policyUrl(grant, { operations: one.operations, format })} ${one.descriptor}`)
    .join(', ')
}
