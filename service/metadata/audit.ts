import type { Page, PageQuery } from './cursor.ts'
import type { Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'
import { randomId } from './ids.ts'
import { listNewestFirst, type PagePosition } from './newest-first.ts'

/** One action in the audit log. */
export interface AuditEntry {
  id: string
  at: Date
  /** The user who acted; null for a command and for a request that was not authenticated. */
  userId: string | null
  /** The API key that the request used; null for a session. */
  keyId: string | null
  /** For example `user.create`. */
  action: string
  /** The target of the action: an id, or the text that was entered in place of one. */
  subject: string | null
  /** The client's address; `command line` for a command. */
  address: string
}

/** Which entries are listed; absent fields do not restrict. */
export interface AuditFilter {
  /** The name of an action, or the words before a dot of it: `user` finds `user.create`. */
  action?: string
  userId?: string
  subject?: string
  /** The first moment, and the first moment after the last. */
  since?: Date
  before?: Date
}

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'at'>

const columns = 'id, at, user_id as "userId", key_id as "keyId", action, subject, address'

const keptDays = 365
/**
 * Any client or any user can produce these entries, so their number is limited: a flood must not fill the
 * disk.
 */
const frequent = ['login.failed', 'image.%', 'job.%']
const maxFrequent = 100_000

/** The audit log: which user did what. */
export class AuditRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  async add({ userId, keyId, action, subject, address }: NewAuditEntry): Promise<void> {
    await this.#db.query(
      `insert into audit (id, user_id, key_id, action, subject, address) values ($1, $2, $3, $4, $5, $6)`,
      [randomId(16), userId, keyId, action, subject, address],
    )
  }

  /** One page of the log, newest first. */
  list(query: PageQuery, filter: AuditFilter = {}): Promise<Page<AuditEntry>> {
    const { action = null, userId = null, subject = null, since = null, before = null } = filter
    const load = ({ at, id, count }: PagePosition) =>
      this.#db.query<AuditEntry>(
        `select ${columns} from audit where ($1::timestamptz is null or (at, id) < ($1, $2::text))
           and ($4::text is null or action = $4 or starts_with(action, $4 || '.'))
           and ($5::text is null or user_id = $5) and ($6::text is null or subject = $6)
           and ($7::timestamptz is null or at >= $7) and ($8::timestamptz is null or at < $8)
         order by at desc, id desc limit $3`,
        [at, id, count, action, userId, subject, since, before],
      )
    return listNewestFirst(query, load, entry => entry.at)
  }

  /**
   * Deletes entries older than a year, and frequent entries beyond the newest 100,000 of each kind: at most `most` of each.
   * Returns their number.
   */
  async sweep(most: number): Promise<number> {
    let count = await deleteBatch(this.#db, 'audit', `at < now() - interval '${keptDays} days'`, most)
    for (const actions of frequent) {
      const rows = await this.#db.query(
        `delete from audit where id in (
           select id from audit where action like $1 order by at desc, id desc offset ${maxFrequent} limit $2)
         returning id`,
        [actions, most],
      )
      count += rows.length
    }
    return count
  }
}
