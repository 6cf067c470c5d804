import type { Queryable } from './database.ts'

/** What a user used on a day. */
export interface UsageDay {
  readonly userId: string
  /** Of image URLs that were verified: hits, errors, and all that had no picture yet. */
  readonly requests: number
  readonly memory: number
  readonly store: number
  readonly miss: number
  readonly shared: number
  /** Of bodies. */
  readonly bytes: number
  readonly developments: number
  readonly cpuMs: number
  readonly errors: number
}

/** A derivative is an image and a transform together, by its file's name. */
export type UsageKind = 'image' | 'transform' | 'derivative' | 'code'

/** How often something of a user was asked for on a day, or an error was answered. */
export interface UsageTop {
  readonly userId: string
  readonly kind: UsageKind
  readonly name: string
  readonly requests: number
  readonly bytes: number
}

/** What a process counted within a day; its writer's batches have rising numbers. */
export interface UsageBatch {
  readonly writer: string
  readonly number: number
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string
  readonly days: readonly UsageDay[]
  readonly tops: readonly UsageTop[]
}

/** How many days back the hits of derivatives are told, today included. */
export const hitDays = 30

/** Whose usage, from day to day, both inclusive. */
export interface UsageRange {
  readonly userId: string
  readonly from: string
  readonly to: string
}

/** How many names of a kind a user has today, and on days that are over. */
const mostToday = 1_000
const mostLater = 100
const keptDays = 400

/**
 * Adds all of a batch, unless it was added before. In the order of the keys, so that no two processes wait in a circle;
 * says of which users there are new names.
 */
const addBatch = `
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

/** Takes away all but the first so many names ($1) of a kind on the days before $2, of these users or (null) of all. */
const trim = `
delete from usage_tops using (
  select user_id, day, kind, name,
    row_number() over (partition by user_id, day, kind order by requests desc, name) as place
  from usage_tops where day >= $2::date and day < $3::date and ($4::text[] is null or user_id = any($4))
) as ranked
where place > $1 and usage_tops.user_id = ranked.user_id and usage_tops.day = ranked.day
  and usage_tops.kind = ranked.kind and usage_tops.name = ranked.name`

/** What users use, by day. */
export class UsageRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Adds a batch; the same one a second time changes nothing. Returns the users that have new names. */
  async addBatch({ writer, number, day, days, tops }: UsageBatch): Promise<string[]> {
    const values = [writer, number, day, JSON.stringify(days), JSON.stringify(tops)]
    return (await this.#db.query<{ userId: string }>(addBatch, values)).map(({ userId }) => userId)
  }

  /** Keeps the most frequent names of users on a day: a flood of others must not fill the disk. */
  async trim(day: string, userIds: readonly string[]): Promise<void> {
    const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
    await this.#db.query(trim, [mostToday, day, next, userIds])
  }

  /** The days on which there was anything, the first first. */
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
   * How often derivatives of a user were served in the last 30 days (UTC, today included), by file name. It is at least
   * that often: of each day only the names that he used most are kept (1,000 today, later 100), so one that is
   * rarely asked for may be missing, and one whose name is cut always is.
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

  /** Forgets what is older than 400 days; of days that are over only what was used most is kept. */
  async sweep(): Promise<void> {
    for (const table of ['usage_days', 'usage_tops'])
      await this.#db.query(`delete from ${table} where day < (now() at time zone 'utc')::date - ${keptDays}`)
    // what is older was trimmed before, at the first of the hourly sweeps after it was over
    const dayOf = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10)
    await this.#db.query(trim, [mostLater, dayOf(7), dayOf(1), null])
    await this.#db.query(`delete from usage_writers where at < now() - interval '7 days'`)
  }
}
