import { onlyRow, type Queryable } from './database.ts'
import type { UserLimits } from './user-limits.ts'

/** What a user has of that which can be limited as a whole. */
export interface CurrentHoldings {
  images: number
  storageBytes: number
}

/** The same beside his limits. */
export interface LimitedHoldings extends CurrentHoldings {
  /** What is announced and not there yet: direct uploads that are not complete. */
  announcedImages: number
  announcedBytes: number
  /** Null for none. */
  limits: UserLimits | null
}

const held = `(select count(*) from images where user_id = users.id and state = 'ready') as images,
  (select coalesce(sum(bytes), 0)::bigint from images
   where user_id = users.id and (state = 'ready' or keep_until > now())) as "storageBytes"`

const today = `(now() at time zone 'utc')::date`

/** What users have, and how much they have had made. */
export class QuotaRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * What a user has of it, but for this one direct upload; undefined where neither is limited, so that nobody counts in
   * vain.
   */
  async findLimitedHoldings(userId: string, except?: string): Promise<LimitedHoldings | undefined> {
    const [row] = await this.#db.query<LimitedHoldings>(
      `select limits, announced.*, ${held}
       from users, lateral (
         select count(*) as "announcedImages", coalesce(sum(bytes), 0)::bigint as "announcedBytes"
         from direct_uploads where user_id = users.id and done_at is null and expires_at > now()
           and id is distinct from $2) as announced
       where id = $1 and limits ?| array['images', 'storageBytes']`,
      [userId, except ?? null],
    )
    return row
  }

  /** What a user has, limited or not; undefined when there is no such user. */
  async findHoldings(userId: string): Promise<CurrentHoldings | undefined> {
    const [row] = await this.#db.query<CurrentHoldings>(
      `select ${held} from users where id = $1 and deleted_at is null`,
      [userId],
    )
    return row
  }

  /** Counts a development of today, unless there were so many already; whether it was counted. */
  async tryCountDevelopment(userId: string, most: number): Promise<boolean> {
    const rows = await this.#db.query(
      `insert into developments_of_day as d (user_id, day, count) select $1::text, ${today}, 1 where $2::bigint > 0
       on conflict (user_id, day) do update set count = d.count + 1 where d.count < $2::bigint returning count`,
      [userId, most],
    )
    return rows.length > 0
  }

  /** How many were counted today. */
  async countDevelopments(userId: string): Promise<number> {
    const rows = await this.#db.query<{ count: number }>(
      `select coalesce(max(count), 0) as count from developments_of_day where user_id = $1 and day = ${today}`,
      [userId],
    )
    return onlyRow(rows).count
  }

  /** Forgets days that are over. */
  async sweep(): Promise<void> {
    await this.#db.query(`delete from developments_of_day where day < ${today} - 1`)
  }
}
