import { createHmac } from 'node:crypto'
import { createAccounts } from '../auth/accounts.ts'
import { createApiKeys } from '../auth/api-keys.ts'
import { createAuditLog } from '../auth/audit-log.ts'
import { LoginThrottle } from '../auth/login-throttle.ts'
import { Sessions } from '../auth/sessions.ts'
import { UserAdministration } from '../auth/user-administration.ts'
import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { ConfigError } from '../config.ts'
import { messageOf } from '../errors/catalogue.ts'
import { parseTrustedProxies } from '../http/trusted-proxies.ts'
import { type ApiKeyOwner, ApiKeyRepository } from '../metadata/api-keys.ts'
import { AuditRepository } from '../metadata/audit.ts'
import { LoginAttemptRepository } from '../metadata/login-attempts.ts'
import { type SessionOwner, SessionRepository } from '../metadata/sessions.ts'
import type { Base } from './base.ts'
import type { Ground } from './ground.ts'

const maxKnown = 10_000

/** Who may do what: sessions, API keys, passwords, and what is written down about them. */
export function accountsOf({ config, database, secrets, logger }: Base, { users }: Ground) {
  const accounts = createAccounts(users)
  const rows = new SessionRepository(database)
  const apiKeyRows = new ApiKeyRepository(database)
  const auditRows = new AuditRepository(database)
  const attempts = new LoginAttemptRepository(database)
  const owners = new RevalidatingCache<SessionOwner>({
    max: maxKnown,
    load: id => rows.findOwner(id),
  })
  const holders = new RevalidatingCache<ApiKeyOwner>({
    max: maxKnown,
    load: id => apiKeyRows.findOwner(id),
  })
  const throttle = new LoginThrottle(attempts)
  const audit = createAuditLog(auditRows, logger)
  const key = createHmac('sha256', secrets.jwtSecret).update('refresh tokens').digest()
  return {
    accounts,
    sessions: new Sessions({ sessions: rows, users, accounts, throttle, audit, owners, key }),
    administration: new UserAdministration({ database, accounts, throttle }),
    owners,
    apiKeys: createApiKeys({ keys: apiKeyRows, owners: holders }),
    apiKeyRows,
    audit,
    auditRows,
    trusts: trusted(config.DARKROOM_TRUSTED_PROXIES),
    /** Forgets what counts no more. */
    async sweep(): Promise<void> {
      for (const one of [rows, attempts, apiKeyRows, auditRows]) await one.sweep()
    },
  }
}

/** @throws ConfigError */
function trusted(text: string | undefined) {
  try {
    return parseTrustedProxies(text)
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
}
