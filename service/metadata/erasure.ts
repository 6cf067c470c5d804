import type { Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'

/** What stands in place of an address or a subject that was erased. */
const erased = 'erased'
/** How many rows one statement changes. */
const batchSize = 5_000

/** What is kept of an erased user: rows that name no person, only the user's random id. */
export interface KeptRows {
  readonly auditEntries: number
  readonly usageDays: number
}

/** Removes what a user's deletion leaves, because it has no personal data without the user's row. */
export class ErasureRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Erases an email address, and the network addresses with it, from the audit log: failed logins name it. */
  async forgetEmail(email: string): Promise<void> {
    await this.#changeAudit(`subject = $2, address = $2`, 'lower(subject) = $1', email.toLowerCase())
  }

  /** Erases the network addresses of a user from the audit log, and the names of what was requested from the usage. */
  async forgetUser(userId: string): Promise<void> {
    await this.#changeAudit('address = $2', 'user_id = $1 and address <> $2', userId)
    while ((await deleteBatch(this.#db, 'usage_tops', 'user_id = $1', batchSize, [userId])) === batchSize);
  }

  async countKept(userId: string): Promise<KeptRows> {
    const rows = await this.#db.query<KeptRows>(
      `select (select count(*) from audit where user_id = $1 or subject = $1) as "auditEntries",
         (select count(*) from usage_days where user_id = $1) as "usageDays"`,
      [userId],
    )
    return rows[0] ?? { auditEntries: 0, usageDays: 0 }
  }

  /** Whether a purge call to a CDN with this tag was not made yet. */
  async hasEdgeCalls(tag: string): Promise<boolean> {
    const rows = await this.#db.query(`select id from edge_calls where payload -> 'tags' ? $1 limit 1`, [tag])
    return rows.length > 0
  }

  /** Changes audit entries in batches. `changes` and `condition` are never input. */
  async #changeAudit(changes: string, condition: string, value: string): Promise<void> {
    let count: number
    do {
      const rows = await this.#db.query(
        `update audit set ${changes} where id in (select id from audit where ${condition} limit ${batchSize}) returning 1`,
        [value, erased],
      )
      count = rows.length
    } while (count === batchSize)
  }
}
