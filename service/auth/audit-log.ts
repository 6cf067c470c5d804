import type { AuditRepository, NewAuditEntry } from '../metadata/audit.ts'
import type { Logger } from '../telemetry/logger.ts'

/** Who performed an action. The user is null before login. */
export interface Actor {
  readonly userId: string | null
  readonly keyId: string | null
  readonly address: string
}

export interface AuditLog {
  /** Records an action. Never throws: the action has been performed, whether it can be recorded or not. */
  record(actor: Actor, action: string, subject: string | null): Promise<void>
}

/** The number of characters that are kept of text that a client entered. */
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
