import type { Page, PageQuery } from './cursor.ts'
import type { Queryable } from './database.ts'
import { randomId } from './ids.ts'
import { listNewestFirst, type PagePosition } from './newest-first.ts'

/** Something that was done. */
export interface AuditEntry {
  id: string
  at: Date
  /** Who did it; null where nobody had logged in. */
  userId: string | null
  /** The API key that he came with; null with a session. */
  keyId: string | null
  /** Such as `user.create`. */
  action: string
  /** What it was done to: an id, or what was typed as one. */
  subject: string | null
  /** Where the request came from. */
  address: string
}

export type NewAuditEntry = Omit<AuditEntry, 'id' | 'at'>

const columns = 'id, at, user_id as "userId", key_id as "keyId", action, subject, address'

const keptDays = 365
/** Anybody, or any user, can make these: a flood of them must not fill the disk. */
const frequent = ['login.failed', 'image.%']
const maxFrequent = 100_000

/** Who did what. */
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

  /** One page of all, the latest first. */
  list(query: PageQuery): Promise<Page<AuditEntry>> {
    const load = ({ at, id, count }: PagePosition) =>
      this.#db.query<AuditEntry>(
        `select ${columns} from audit where $1::timestamptz is null or (at, id) < ($1, $2::text)
         order by at desc, id desc limit $3`,
        [at, id, count],
      )
    return listNewestFirst(query, load, entry => entry.at)
  }

  /** Forgets what is older than a year, and of what is frequent all but the latest. */
  async sweep(): Promise<void> {
    await this.#db.query(`delete from audit where at < now() - interval '${keptDays} days'`)
    for (const actions of frequent) {
      await this.#db.query(
        `delete from audit where id in (
           select id from audit where action like $1 order by at desc, id desc offset ${maxFrequent})`,
        [actions],
      )
    }
  }
}
