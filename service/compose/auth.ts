import { createHmac } from 'node:crypto'
import { createAccounts, type NewAccount } from '../auth/accounts.ts'
import { createApiKeys } from '../auth/api-keys.ts'
import { createAuditLog } from '../auth/audit-log.ts'
import { LoginThrottle } from '../auth/login-throttle.ts'
import { Sessions } from '../auth/sessions.ts'
import { UserAdministration } from '../auth/user-administration.ts'
import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import type { ApiKeyOwner } from '../metadata/api-keys.ts'
import type { SessionOwner } from '../metadata/sessions.ts'
import { SigningKeyRepository } from '../metadata/signing-keys.ts'
import { UserRepository } from '../metadata/users.ts'
import type { Foundation } from './foundation.ts'
import type { Infrastructure } from './infrastructure.ts'

const maxCachedOwners = 10_000

export type Auth = ReturnType<typeof composeAuth>

/** Accounts, sessions, API keys and the audit log. */
export function composeAuth(
  infrastructure: Pick<Infrastructure, 'database' | 'secrets' | 'logger'>,
  { metadata }: Pick<Foundation, 'metadata'>,
) {
  const { database, secrets, logger } = infrastructure
  const { users, loginAttempts } = metadata
  const accounts = createAccounts(users)
  const sessionOwners = new RevalidatingCache<SessionOwner>({
    max: maxCachedOwners,
    load: id => metadata.sessions.findOwner(id),
  })
  const keyOwners = new RevalidatingCache<ApiKeyOwner>({
    max: maxCachedOwners,
    load: id => metadata.apiKeys.findOwner(id),
  })
  const throttle = new LoginThrottle(loginAttempts)
  const audit = createAuditLog(metadata.audit, logger)
  const key = createHmac('sha256', secrets.jwtSecret).update('refresh tokens').digest()
  return {
    accounts,
    audit,
    sessionOwners,
    sessions: new Sessions({
      sessions: metadata.sessions,
      users,
      accounts,
      throttle,
      audit,
      owners: sessionOwners,
      key,
    }),
    apiKeys: createApiKeys({ keys: metadata.apiKeys, owners: keyOwners }),
    administration: new UserAdministration({ database, accounts, throttle }),
    register: (account: NewAccount) => register(infrastructure, account),
  }
}

/** Creates a user with their first signing key, both or neither. See `Accounts.create` for its errors. */
function register({ database, secrets }: Pick<Infrastructure, 'database' | 'secrets'>, account: NewAccount) {
  return database.transaction(async transaction => {
    const user = await createAccounts(new UserRepository(transaction)).create(account)
    const signingKeys = new SigningKeyRepository(transaction, secrets.masterKey, secrets.newMasterKey)
    return { user, key: await signingKeys.create(user.id) }
  })
}
