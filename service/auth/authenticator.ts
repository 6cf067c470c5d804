import type { RevalidatingCache } from '../cache/revalidating-cache.ts'
import type { SessionOwner } from '../metadata/sessions.ts'
import type { Principal } from './accounts.ts'
import { type ApiKeys, apiKeyPrefix } from './api-keys.ts'
import { scopesOf } from './scopes.ts'

/** What an access token says. */
export interface AccessTokenClaims {
  /** Whose it is. */
  readonly sub: string
  /** The session that it was made in. */
  readonly sid: string
}

/** Who somebody is by the token that he came with; undefined when it is no good. */
export type Authenticator = (token: string) => Promise<Principal | undefined>

export interface AuthenticatorParts {
  readonly owners: Pick<RevalidatingCache<SessionOwner>, 'get'>
  readonly apiKeys: Pick<ApiKeys, 'authenticate'>
}

/** Recognises by access tokens and API keys. `verify` throws unless it is a token that was made here and holds. */
export function createAuthenticator(
  { owners, apiKeys }: AuthenticatorParts,
  verify: (token: string) => AccessTokenClaims,
): Authenticator {
  return async token => {
    if (token.startsWith(apiKeyPrefix)) return apiKeys.authenticate(token)
    const claims = attempt(() => verify(token))
    const owner = claims && (await owners.get(claims.sid))
    // the role is that of now, not that of when the token was made
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
