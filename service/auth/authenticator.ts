import type { RevalidatingCache } from '../cache/revalidating-cache.ts'
import type { SessionOwner } from '../metadata/sessions.ts'
import type { Principal } from './accounts.ts'
import { type ApiKeys, apiKeyPrefix } from './api-keys.ts'
import { scopesOf } from './scopes.ts'

/** The claims of an access token. */
export interface AccessTokenClaims {
  /** The user id. */
  readonly sub: string
  /** The session id. */
  readonly sid: string
}

/** The principal of a token; undefined for an invalid token. */
export type Authenticator = (token: string) => Promise<Principal | undefined>

export interface AuthenticatorParts {
  readonly owners: Pick<RevalidatingCache<SessionOwner>, 'get'>
  readonly apiKeys: Pick<ApiKeys, 'authenticate'>
}

/**
 * Authenticates by access tokens and API keys. `verify` throws for an access token that is expired or was not
 * issued by this service.
 */
export function createAuthenticator(
  { owners, apiKeys }: AuthenticatorParts,
  verify: (token: string) => AccessTokenClaims,
): Authenticator {
  return async token => {
    if (token.startsWith(apiKeyPrefix)) return apiKeys.authenticate(token)
    const claims = attempt(() => verify(token))
    const owner = claims && (await owners.get(claims.sid))
    // the current role, not the one at the time when the token was issued
    if (claims === undefined || owner === undefined || owner.userId !== claims.sub) return undefined
    const { userId, role } = owner
    return { userId, role, scopes: scopesOf(role), credential: { kind: 'session', id: claims.sid } }
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
