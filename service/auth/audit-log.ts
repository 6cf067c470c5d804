import type { AuditRepository, NewAuditEntry } from '../metadata/audit.ts'
import type { Logger } from '../telemetry/logger.ts'

/** The user who performed an action, null before login, and their address. */
export interface Actor {
  readonly userId: string | null
  readonly keyId: string | null
  readonly address: string
}

export interface AuditLog {
  /** Records an action. Never rejects: the action was performed, so a failure to record it is only logged. */
  record(actor: Actor, action: string, subject: string | null): Promise<void>
}

/** The maximum length of a stored subject in characters. Longer ones are cut, as a client may have entered them. */
const maxSubject = 320

export function createAuditLog(entries: Pick<AuditRepository, 'add'>, logger: Logger): AuditLog {
  return {
    async record(actor, action, subject) {
      const { userId, keyId, address } = actor
      const entry: NewAuditEntry = { userId, keyId, address, action, subject: printable(subject) }
      await entries
        .add(entry)
        .catch(error => logger.error({ err: error, audit: entry }, 'failed to write audit entry'))
    },
  }
}

function printable(subject: string | null): string | null {
  return subject?.replaceAll('\0', '').slice(0, maxSubject) ?? null
}
