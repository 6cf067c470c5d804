import { onlyRow, type Queryable } from './database.ts'
import { isRestorable } from './image.ts'
import type { UserLimits } from './user-limits.ts'

/** How many images and bytes a user has stored that count towards the quotas. */
export interface CurrentHoldings {
  images: number
  storageBytes: number
}

/** What a user has stored, with the deleted images that can be restored. */
export interface StoredImages extends CurrentHoldings {
  deletedImages: number
}

/** The stored images of a user, those that their pending direct uploads will add, and their limits. */
export interface LimitedHoldings extends CurrentHoldings {
  /** How many images and bytes the user's pending direct uploads will add. */
  pendingImages: number
  pendingBytes: number
  /** Null for no limits. */
  limits: UserLimits | null
}

const held = `(select count(*) from images where user_id = users.id and state = 'ready') as images,
  (select coalesce(sum(bytes), 0)::bigint from images
   where user_id = users.id and (state = 'ready' or keep_until > now())) as "storageBytes"`

const today = `(now() at time zone 'utc')::date`

/** Measures what users store and render, for their quotas. */
export class QuotaRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Counts what a user has stored, without the direct upload `except`. Undefined when neither images nor storage
   * are limited, as counting is then not needed.
   */
  async findLimitedHoldings(userId: string, except?: string): Promise<LimitedHoldings | undefined> {
    const [row] = await this.#db.query<LimitedHoldings>(
      `select limits, pending.*, ${held}
       from users, lateral (
         select count(*) as "pendingImages", coalesce(sum(bytes), 0)::bigint as "pendingBytes"
         from direct_uploads where user_id = users.id and done_at is null and expires_at > now()
           and id is distinct from $2) as pending
       where id = $1 and limits ?| array['images', 'storageBytes']`,
      [userId, except ?? null],
    )
    return row
  }

  /** Counts what a user has stored, limited or not; undefined when there is no such user. */
  async findHoldings(userId: string): Promise<StoredImages | undefined> {
    const [row] = await this.#db.query<StoredImages>(
      `select ${held}, (select count(*) from images where user_id = users.id
         and ${isRestorable}) as "deletedImages" from users where id = $1 and deleted_at is null`,
      [userId],
    )
    return row
  }

  /** Counts a render of today. False, without counting it, when the user has reached `most`. */
  async tryCountRender(userId: string, most: number): Promise<boolean> {
    const rows = await this.#db.query(
      `insert into developments_of_day as d (user_id, day, count) select $1::text, ${today}, 1 where $2::bigint > 0
       on conflict (user_id, day) do update set count = d.count + 1 where d.count < $2::bigint returning count`,
      [userId, most],
    )
    return rows.length > 0
  }

  /** The number of renders counted today. */
  async countRenders(userId: string): Promise<number> {
    const rows = await this.#db.query<{ count: number }>(
      `select coalesce(max(count), 0) as count from developments_of_day where user_id = $1 and day = ${today}`,
      [userId],
    )
    return onlyRow(rows).count
  }

  /** Deletes counts of past days. */
  async sweep(): Promise<void> {
    await this.#db.query(`delete from developments_of_day where day < ${today} - 1`)
  }
}
