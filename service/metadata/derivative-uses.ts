import { onlyRow, type Queryable } from './database.ts'
import type { Derivative } from './derivatives.ts'

/** The primary key of a derivative. */
export type DerivativeKey = Pick<Derivative, 'userId' | 'imageId' | 'fileName'>

/** A derivative that may be evicted. */
export interface UnusedDerivative extends DerivativeKey {
  bytes: number
  /** The day of the last use, in UTC, as `2026-01-31`. */
  day: string
}

/** A page of a walk over all derivatives, by primary key. */
interface WalkPage<Item> {
  readonly items: Item[]
  /** The last derivative of the page; null after the last page. */
  readonly last: DerivativeKey | null
}

/** How many derivatives a page of a walk reads, and how many of them it lists at most. */
const walkSize = 5_000
export const maxUnused = 500
/** Bytes are summed for each day of last use up to this many days ago; any day before counts as that day. */
const maxDays = 400

const todaySql = `(now() at time zone 'UTC')::date`
/** The day of the last use. A derivative that was not used since it was rendered counts as used on that day. */
const daySql = `greatest((derivatives.created_at at time zone 'UTC')::date, derivatives.used_on, ${todaySql} - ${maxDays})`

const walkSql = (ofUser: boolean) => `with page as materialized (
   select user_id, image_id, file_name, bytes, ${daySql} as day from derivatives
   where ${ofUser ? 'user_id = $1 and (image_id, file_name) > ($2, $3)' : '(user_id, image_id, file_name) > ($1, $2, $3)'}
   order by user_id, image_id, file_name limit ${walkSize}),
 last as (select user_id as "userId", image_id as "imageId", file_name as "fileName" from page
   order by user_id, image_id, file_name offset ${walkSize - 1})`
const lastSql = '(select row_to_json(last) from last) as last'

/**
 * Limits a statement to the listed rows. The inner limit makes Postgres look up each by its primary key, whatever it would
 * choose otherwise. Rows that others lock or change at the same moment are left out, so that no two statements wait for each
 * other.
 */
const listedSql = `derivatives.ctid = any(array(
   select found.ctid from unnest($1::text[], $2::text[], $3::text[]) as listed (user_id, image_id, file_name),
     lateral (select each.ctid from derivatives as each where each.user_id = listed.user_id
       and each.image_id = listed.image_id and each.file_name = listed.file_name limit 1
       for update skip locked) as found))`
const columnsOf = (keys: readonly DerivativeKey[]) =>
  (['userId', 'imageId', 'fileName'] as const).map(name => keys.map(key => key[name]))
const startOf = ({ userId, imageId, fileName }: DerivativeKey) => [userId, imageId, fileName]

/** When the derivatives of all users were last used, and the removal of those that were not. */
export class DerivativeUseRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Records that derivatives were used today. Those of which this is known are not written. */
  async record(keys: readonly DerivativeKey[]): Promise<void> {
    await this.#db.query(
      `update derivatives set used_on = ${todaySql} where ${listedSql} and ${daySql} < ${todaySql}`,
      columnsOf(keys),
    )
  }

  /**
   * The bytes of a page of derivatives, starting after `after`, by the day of their last use. With `ofUser`, only those of
   * the user of `after`.
   */
  async sumPage(
    after: DerivativeKey,
    ofUser: boolean,
  ): Promise<WalkPage<Pick<UnusedDerivative, 'day' | 'bytes'>>> {
    const rows = await this.#db.query<WalkPage<UnusedDerivative>>(
      `${walkSql(ofUser)}, sums as (select day, sum(bytes) as bytes from page group by day)
       select coalesce((select json_agg(sums) from sums), '[]') as items, ${lastSql}`,
      startOf(after),
    )
    return onlyRow(rows)
  }

  /**
   * At most 500 derivatives of a page that were last used on `lastDay` or before, starting after `after`. If there are 500,
   * the page may have more after the last of them.
   */
  async listUnused(
    after: DerivativeKey,
    lastDay: string,
    ofUser: boolean,
  ): Promise<WalkPage<UnusedDerivative>> {
    const rows = await this.#db.query<WalkPage<UnusedDerivative>>(
      `${walkSql(ofUser)}, unused as (
         select user_id as "userId", image_id as "imageId", file_name as "fileName", bytes, day from page
         where day <= $4::date order by user_id, image_id, file_name limit ${maxUnused})
       select coalesce((select json_agg(unused) from unused), '[]') as items, ${lastSql}`,
      [...startOf(after), lastDay],
    )
    return onlyRow(rows)
  }

  /** The first user after this one, by id, whose derivatives exceed their limit; undefined when there is none. */
  async findOverLimit(after: string): Promise<{ userId: string; maxBytes: number } | undefined> {
    const [row] = await this.#db.query<{ userId: string; maxBytes: number }>(
      `select id as "userId", (limits ->> 'derivativeBytes')::bigint as "maxBytes"
       from users join user_holdings on user_holdings.user_id = users.id
       where id > $1 and limits ? 'derivativeBytes' and deleted_at is null
         and derivative_bytes > (limits ->> 'derivativeBytes')::numeric
       order by id limit 1`,
      [after],
    )
    return row
  }

  /**
   * Deletes the rows of derivatives that were not used after `lastDay`, and makes strays of them, so that the sweep deletes
   * their objects. Returns how many there were.
   */
  async evict(keys: readonly DerivativeKey[], lastDay: string): Promise<number> {
    const rows = await this.#db.query<{ count: number }>(
      `with gone as (
         delete from derivatives where ${listedSql} and ${daySql} <= $4::date
         returning user_id, image_id, file_name, version),
       strays as (
         insert into stray_derivatives (user_id, image_id, file_name, version, until)
         select user_id, image_id, file_name, version, now() from gone)
       select count(*)::int as count from gone`,
      [...columnsOf(keys), lastDay],
    )
    return onlyRow(rows).count
  }
}
