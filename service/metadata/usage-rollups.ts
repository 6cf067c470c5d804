import type { Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'

/** The usage of a user on a day. */
export interface UsageDay {
  readonly userId: string
  /** Requests for image URLs with a valid signature: hits, misses and errors. */
  readonly requests: number
  readonly memory: number
  readonly store: number
  readonly miss: number
  /** Requests that waited for a rendering which another request had started. */
  readonly shared: number
  /** Of response bodies. */
  readonly bytes: number
  /** Renderings, also those in jobs. */
  readonly developments: number
  readonly cpuMs: number
  readonly errors: number
}

/** A `derivative` is an image with a transform, identified by its file name. */
export type UsageKind = 'image' | 'transform' | 'derivative' | 'code'

/** How often an item of a user was requested, or an error code was answered, on a day. */
export interface UsageTop {
  readonly userId: string
  readonly kind: UsageKind
  readonly name: string
  readonly requests: number
  readonly bytes: number
}

/** The counts of one process and day. The batches of a writer have increasing numbers. */
export interface UsageBatch {
  readonly writer: string
  readonly number: number
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
  readonly days: readonly UsageDay[]
  readonly tops: readonly UsageTop[]
}

/** The number of days for which `countHits` counts, today included. */
export const hitDays = 30

/** The usage of a user between two days, both inclusive. */
export interface UsageRange {
  readonly userId: string
  readonly from: string
  readonly to: string
}

/** The users of a day that are trimmed next: those after `userId`. */
export interface UsagePosition {
  /** `YYYY-MM-DD`, UTC; empty for the first day. */
  readonly day: string
  readonly userId: string
}

const dayBefore = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
const dayAfter = (day: string) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)

/** The number of names that are kept of each kind and user of today. */
const maxNamesToday = 1_000
/**
 * The number of names that are kept of past days. Each is a week, the first day included and the last excluded, because
 * earlier trims went through the days before it.
 */
const trims = [
  { from: hitDays + 7, to: hitDays, names: 20 },
  { from: 7, to: 1, names: 100 },
]
const keptDays = 400

/**
 * Adds a batch, unless it was added before. Rows are written in the order of their keys, to avoid deadlocks. Returns
 * the users that have new names.
 */
const addStatement = `
with fresh as (
  insert into usage_writers (writer, batch) values ($1, $2)
  on conflict (writer) do update set batch = excluded.batch, at = now() where usage_writers.batch < excluded.batch
  returning 1
), tops as (
  insert into usage_tops as known (user_id, day, kind, name, requests, bytes)
  select "userId", $3::date, kind, name, requests, bytes
  from jsonb_to_recordset($5::jsonb) as given ("userId" text, kind text, name text, requests bigint, bytes bigint)
  where exists (select from fresh) order by "userId", kind collate "C", name collate "C"
  on conflict (user_id, day, kind, name) do update
  set requests = known.requests + excluded.requests, bytes = known.bytes + excluded.bytes
  returning user_id, xmax = 0 as is_new
), days as (
  insert into usage_days as known
    (user_id, day, requests, memory, store, miss, shared, bytes, developments, cpu_ms, errors)
  select "userId", $3::date, requests, memory, store, miss, shared, bytes, developments, "cpuMs", errors
  from jsonb_to_recordset($4::jsonb) as given ("userId" text, requests bigint, memory bigint, store bigint, miss bigint,
    shared bigint, bytes bigint, developments bigint, "cpuMs" double precision, errors bigint)
  where exists (select from fresh) order by "userId"
  on conflict (user_id, day) do update set
    requests = known.requests + excluded.requests, memory = known.memory + excluded.memory,
    store = known.store + excluded.store, miss = known.miss + excluded.miss, shared = known.shared + excluded.shared,
    bytes = known.bytes + excluded.bytes, developments = known.developments + excluded.developments,
    cpu_ms = known.cpu_ms + excluded.cpu_ms, errors = known.errors + excluded.errors
)
select distinct user_id as "userId" from tops where is_new`

/**
 * Keeps only the $1 most requested names for each user, day and kind, and deletes the others. Applies to the days from
 * $2 until before $3 and to the users $4.
 */
const trimStatement = `
delete from usage_tops using (
  select user_id, day, kind, name,
    row_number() over (partition by user_id, day, kind order by requests desc, name) as place
  from usage_tops where day >= $2::date and day < $3::date and user_id = any($4::text[])
) as ranked
where place > $1 and usage_tops.user_id = ranked.user_id and usage_tops.day = ranked.day
  and usage_tops.kind = ranked.kind and usage_tops.name = ranked.name`

/** The usage of all users, by day. */
export class UsageRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Adds a batch. Adding the same batch again changes nothing. Returns the users that have new names. */
  async addBatch({ writer, number, day, days, tops }: UsageBatch): Promise<string[]> {
    const values = [writer, number, day, JSON.stringify(days), JSON.stringify(tops)]
    return (await this.#db.query<{ userId: string }>(addStatement, values)).map(({ userId }) => userId)
  }

  /** Keeps only the most frequent names of users on a day, so that a flood of names cannot fill the disk. */
  async trim(day: string, userIds: readonly string[]): Promise<void> {
    await this.#db.query(trimStatement, [maxNamesToday, day, dayAfter(day), userIds])
  }

  /** The days with any usage, the earliest first. */
  listDays({ userId, from, to }: UsageRange): Promise<(UsageDay & { day: string })[]> {
    return this.#db.query(
      `select user_id as "userId", to_char(day, 'YYYY-MM-DD') as day, requests, memory, store, miss, shared, bytes,
         developments, cpu_ms as "cpuMs", errors
       from usage_days where user_id = $1 and day between $2::date and $3::date order by day`,
      [userId, from, to],
    )
  }

  /** The names of a kind with the most requests. */
  listTops(
    { userId, from, to }: UsageRange,
    kind: UsageKind,
    limit: number,
  ): Promise<Pick<UsageTop, 'name' | 'requests' | 'bytes'>[]> {
    return this.#db.query(
      `select name, sum(requests)::bigint as requests, sum(bytes)::bigint as bytes
       from usage_tops where user_id = $1 and kind = $2 and day between $3::date and $4::date
       group by name order by 2 desc, name limit $5`,
      [userId, kind, from, to, limit],
    )
  }

  /**
   * How often derivatives of a user were served in the last 30 days (UTC, today included), by file name. This
   * is a lower bound: of each day only the user's most frequent names are kept (1,000 of today, 100 of
   * earlier days), so a rarely requested name may be missing. A name that is
   * too long to be counted in full is always missing.
   */
  async countHits(userId: string, fileNames: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#db.query<{ name: string; requests: number }>(
      `select name, sum(requests)::bigint as requests from usage_tops
       where user_id = $1 and kind = 'derivative' and name = any($2)
         and day > (now() at time zone 'utc')::date - $3::int
       group by name`,
      [userId, fileNames, hitDays],
    )
    return new Map(rows.map(({ name, requests }) => [name, requests]))
  }

  /** Deletes usage older than 400 days: at most `most` rows of each table. Returns their number. */
  async sweep(most: number): Promise<number> {
    const isOld = `day < (now() at time zone 'utc')::date - ${keptDays}`
    const days = await deleteBatch(this.#db, 'usage_days', isOld, most)
    const tops = await deleteBatch(this.#db, 'usage_tops', isOld, most)
    return (
      days + tops + (await deleteBatch(this.#db, 'usage_writers', `at < now() - interval '7 days'`, most))
    )
  }

  /**
   * Keeps only the most frequent names of past days, for at most `most` users of one day after a position. Returns the
   * position after them; undefined after the last user of the last day.
   */
  async trimPage({ day, userId }: UsagePosition, most: number): Promise<UsagePosition | undefined> {
    const trim = trims.find(({ to }) => day < dayBefore(to))
    if (trim === undefined) return undefined
    const first = dayBefore(trim.from)
    const current = day < first ? { day: first, userId: '' } : { day, userId }
    const users = await this.#db.query<{ id: string }>(
      `select user_id as id from usage_days where day = $1 and user_id > $2 order by user_id limit $3`,
      [current.day, current.userId, most],
    )
    const ids = users.map(({ id }) => id)
    const next = dayAfter(current.day)
    if (ids.length > 0) await this.#db.query(trimStatement, [trim.names, current.day, next, ids])
    const last = ids.at(-1)
    return last === undefined ? { day: next, userId: '' } : { day: current.day, userId: last }
  }
}
