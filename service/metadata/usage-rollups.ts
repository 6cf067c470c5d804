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

/** The users that are trimmed next: those after `userId`. */
export interface UsagePosition {
  readonly userId: string
}

/** A day with too many names, and how many of them are kept. */
interface CrowdedDay {
  readonly userId: string
  readonly day: string
  readonly most: number
}

const dayBefore = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)

/** The number of names that are kept of each kind and user of today. */
const maxNamesToday = 1_000
/** The number of names that are kept of past days, and of those before the last `hitDays` days. */
const maxNamesOfPast = 100
const maxNamesOfOld = 20
/** The number of days of all its users that one page trims. */
const maxTrimmedDays = 40
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

/** Finds days of the users $1 before $2 that have too many names of a kind, and the number to keep. Days before $3 are old. */
const crowdedStatement = `
select distinct user_id as "userId", to_char(day, 'YYYY-MM-DD') as day, most from (
  select user_id, day, kind, count(*) as names,
    case when day < $3::date then ${maxNamesOfOld} else ${maxNamesOfPast} end as most
  from usage_tops where user_id = any($1::text[]) and day < $2::date group by user_id, day, kind
) as kinds
where names > most order by 1, 2 limit ${maxTrimmedDays}`

/** Keeps only the most requested names of each kind, $3 for each user $1 and day $2, and deletes the others. */
const trimStatement = `
delete from usage_tops using (
  select user_id, day, kind, name, most,
    row_number() over (partition by user_id, day, kind order by requests desc, name) as place
  from unnest($1::text[], $2::date[], $3::int[]) as crowded (user_id, day, most) join usage_tops using (user_id, day)
) as ranked
where place > most and usage_tops.user_id = ranked.user_id and usage_tops.day = ranked.day
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
    await this.#trim(userIds.map(userId => ({ userId, day, most: maxNamesToday })))
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
   * Keeps only the most frequent names of all past days, for at most `most` users after a position. Returns the position of
   * the next page, which is the same one while days of these users are left; undefined after the last user.
   */
  async trimPage({ userId }: UsagePosition, most: number): Promise<UsagePosition | undefined> {
    const users = await this.#db.query<{ id: string }>(
      `select user_id as id from usage_days where user_id > $1 group by user_id order by user_id limit $2`,
      [userId, most],
    )
    const ids = users.map(({ id }) => id)
    const last = ids.at(-1)
    if (last === undefined) return undefined
    // processes may still write the counts of yesterday
    const crowded = await this.#db.query<CrowdedDay>(crowdedStatement, [
      ids,
      dayBefore(1),
      dayBefore(hitDays),
    ])
    await this.#trim(crowded)
    return { userId: crowded.length < maxTrimmedDays ? last : userId }
  }

  async #trim(days: readonly CrowdedDay[]): Promise<void> {
    if (days.length === 0) return
    const values = [
      days.map(({ userId }) => userId),
      days.map(({ day }) => day),
      days.map(({ most }) => most),
    ]
    await this.#db.query(trimStatement, values)
  }
}
