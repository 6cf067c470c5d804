import { createHmac } from 'node:crypto'
import { createAccounts } from '../auth/accounts.ts'
import { createAdministration } from '../auth/administration.ts'
import { createApiKeys } from '../auth/api-keys.ts'
import { createAudit } from '../auth/audit.ts'
import { createSessions } from '../auth/sessions.ts'
import { createThrottle } from '../auth/throttle.ts'
import { RevalidatingCache } from '../cache/revalidating-cache.ts'
import { ConfigError } from '../config.ts'
import { messageOf } from '../errors/catalogue.ts'
import { parseTrustedProxies } from '../http/trusted-proxies.ts'
import { type ApiKeyHolder, createApiKeyRows } from '../metadata/api-keys.ts'
import { createAuditRows } from '../metadata/audit.ts'
import { createLoginAttempts } from '../metadata/login-attempts.ts'
import { createSessionRows, type SessionOwner } from '../metadata/sessions.ts'
import type { Base } from './base.ts'
import type { Ground } from './ground.ts'

/** How long it counts as known whose a session or a key is, in milliseconds: its end is felt everywhere after it. */
const freshMs = 500
const maxKnown = 10_000

/** Who may do what: sessions, API keys, passwords, and what is written down about them. */
export function accountsOf({ config, database, secrets, logger }: Base, { users }: Ground) {
  const accounts = createAccounts(users)
  const rows = createSessionRows(database)
  const apiKeyRows = createApiKeyRows(database)
  const auditRows = createAuditRows(database)
  const attempts = createLoginAttempts(database)
  const owners = new RevalidatingCache<SessionOwner>({
    max: maxKnown,
    revalidateAfterMs: freshMs,
    load: id => rows.owner(id),
  })
  const holders = new RevalidatingCache<ApiKeyHolder>({
    max: maxKnown,
    revalidateAfterMs: freshMs,
    load: id => apiKeyRows.holder(id),
  })
  const throttle = createThrottle(attempts)
  const audit = createAudit(auditRows, logger)
  const key = createHmac('sha256', secrets.jwtSecret).update('refresh tokens').digest()
  return {
    accounts,
    sessions: createSessions({ rows, users, accounts, throttle, audit, owners, key }),
    administration: createAdministration(database, accounts, throttle),
    owners,
    apiKeys: createApiKeys({ rows: apiKeyRows, holders }),
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
