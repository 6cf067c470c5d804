import type { AuditRepository, NewAuditEntry } from '../metadata/audit.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Who did something; nobody before he has logged in. */
export interface Actor {
  readonly userId: string | null
  readonly keyId: string | null
  readonly address: string
}

export interface AuditLog {
  /** Writes down that something was done. Never throws: it was done, whether it can be written down or not. */
  record(actor: Actor, action: string, subject: string | null): Promise<void>
}

/** The most that is kept of what somebody typed. */
const maxSubject = 320

export function createAuditLog(rows: Pick<AuditRepository, 'add'>, logger: Logger): AuditLog {
  return {
    async record(actor, action, subject) {
      const { userId, keyId, address } = actor
      const entry: NewAuditEntry = { userId, keyId, address, action, subject: printable(subject) }
      await rows
        .add(entry)
        .catch(error => logger.error({ err: error, audit: entry }, 'an action is missing in the audit log'))
    },
  }
}

function printable(subject: string | null): string | null {
  return subject?.replaceAll('\0', '').slice(0, maxSubject) ?? null
}
