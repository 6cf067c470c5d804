import type { ErrorCode } from '../errors/catalogue.ts'
import type { Page, PageQuery } from './cursor.ts'
import type { Queryable } from './database.ts'
import { randomId } from './ids.ts'
import { listNewestFirst, type PagePosition } from './newest-first.ts'

/** A job that will not be retried, or that waits until a dependency is back. */
export interface FailedJob {
  id: string
  name: string
  key: string
  /** The version of the payload's schema. */
  version: number
  payload: unknown
  /**
   * `failed` after its last retry or a permanent error; `parked` without an attempt, because the payload
   * could not be read; `waiting` while a dependency is away.
   */
  state: 'failed' | 'parked' | 'waiting'
  /** The owner of the job; null when the payload could not be read. */
  userId: string | null
  imageId: string | null
  attempts: number
  code: ErrorCode
  /** Shown to users. */
  detail: string
  /** The last attempt; for a waiting job also when it was last enqueued again. */
  failedAt: Date
  /** Until then, requests for the job's result are answered with this failure. */
  answersUntil: Date
}

/** A failure to record. */
export interface NewFailedJob extends Omit<FailedJob, 'id' | 'state' | 'failedAt' | 'answersUntil'> {
  state: 'failed' | 'parked'
  /** How long requests are answered with this failure, in milliseconds. */
  answersMs: number
}

/** A job that waits for a dependency. */
export type NewWaitingJob = Omit<NewFailedJob, 'state' | 'answersMs'>

/** What a queue needs to run a job again. */
export type StoredJob = Pick<FailedJob, 'name' | 'key' | 'version' | 'payload'>

const columns = `id, name, key, version, payload, state, user_id as "userId", image_id as "imageId", attempts, code, detail,
  failed_at as "failedAt", answers_until as "answersUntil"`

/** The number of failures that are kept of each user, and for how long. */
const maxPerUser = 1_000
const keptDays = 30
/** The number of jobs that `claimLost` returns at most. */
const maxLost = 500

/** Failed jobs, with a limit per user and on their age, and waiting jobs, whose number the queue limits. */
export class FailedJobRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Records a failure, which replaces an earlier one of the same name and key. */
  async record(job: NewFailedJob): Promise<void> {
    const { name, key, version, payload, state, userId, imageId, attempts, code, detail, answersMs } = job
    await this.#db.query(
      `insert into failed_jobs (id, name, key, version, payload, state, user_id, image_id, attempts, code, detail, answers_until)
       select $1, $2, $3, $4, $5, $6, (select id from users where id = $7), $8, $9, $10, $11,
         now() + $12 * interval '1 millisecond'
       on conflict (name, key) do update set
         version = excluded.version, payload = excluded.payload, state = excluded.state, user_id = excluded.user_id,
         image_id = excluded.image_id, attempts = excluded.attempts, code = excluded.code, detail = excluded.detail,
         failed_at = now(), answers_until = excluded.answers_until, waits = 0`,
      [
        randomId(16),
        name,
        key,
        version,
        JSON.stringify(payload),
        state,
        userId,
        imageId,
        attempts,
        code,
        detail,
        answersMs,
      ],
    )
    await this.#db.query(
      `delete from failed_jobs where id in (
         select id from failed_jobs where user_id is not distinct from $1 and state <> 'waiting'
         order by failed_at desc, id desc offset ${maxPerUser})`,
      [userId],
    )
  }

  /**
   * Records that a job waits, which replaces an earlier record of the same name and key. Returns how often the job
   * that is in the queue has waited, this time included. `attempts` is its number of deliveries: 1 is a new job.
   */
  async recordWait(job: NewWaitingJob): Promise<number> {
    const { name, key, version, payload, userId, imageId, attempts, code, detail } = job
    const [row] = await this.#db.query<{ waits: number }>(
      `insert into failed_jobs
         (id, name, key, version, payload, state, user_id, image_id, attempts, code, detail, answers_until, waits)
       select $1, $2, $3, $4, $5, 'waiting', (select id from users where id = $6), $7, $8, $9, $10, now(), 1
       on conflict (name, key) do update set
         version = excluded.version, payload = excluded.payload, state = excluded.state, user_id = excluded.user_id,
         image_id = excluded.image_id, attempts = excluded.attempts, code = excluded.code, detail = excluded.detail,
         failed_at = now(), answers_until = now(),
         waits = case when failed_jobs.state = 'waiting' and excluded.attempts > 1 then failed_jobs.waits + 1 else 1 end
       returning waits`,
      [randomId(16), name, key, version, JSON.stringify(payload), userId, imageId, attempts, code, detail],
    )
    return row?.waits ?? 1
  }

  /** How often a waiting job has waited; 0 for any other job. */
  async countWaits(name: string, key: string): Promise<number> {
    const [row] = await this.#db.query<{ waits: number }>(
      `select waits from failed_jobs where name = $1 and key = $2 and state = 'waiting'`,
      [name, key],
    )
    return row?.waits ?? 0
  }

  /** The number of waiting jobs of all users, by name. */
  async countWaiting(): Promise<Record<string, number>> {
    const rows = await this.#db.query<{ name: string; count: number }>(
      `select name, count(*)::integer as count from failed_jobs where state = 'waiting' group by name`,
    )
    return Object.fromEntries(rows.map(({ name, count }) => [name, count]))
  }

  /**
   * At most 500 waiting jobs without an attempt in the last `afterMs` milliseconds: the queue may have lost them. They
   * are not returned again for as long.
   */
  claimLost(afterMs: number): Promise<StoredJob[]> {
    return this.#db.query<StoredJob>(
      `update failed_jobs set failed_at = now() where id in (
         select id from failed_jobs where state = 'waiting' and failed_at < now() - $1 * interval '1 millisecond'
         order by failed_at limit ${maxLost} for update skip locked)
       returning name, key, version, payload`,
      [afterMs],
    )
  }

  /** The failure that requests for this key are currently answered with. */
  async findActive(
    name: string,
    key: string,
  ): Promise<Pick<FailedJob, 'code' | 'detail' | 'answersUntil'> | undefined> {
    const [found] = await this.#db.query<FailedJob>(
      `select ${columns} from failed_jobs where name = $1 and key = $2 and answers_until > now()`,
      [name, key],
    )
    return found
  }

  /**
   * The recorded failures among these keys of jobs of one name, also those that no longer answer requests. Waiting jobs
   * have not failed.
   */
  async findByKeys(
    name: string,
    keys: readonly string[],
  ): Promise<Map<string, Pick<FailedJob, 'code' | 'detail' | 'answersUntil'>>> {
    const found = await this.#db.query<FailedJob>(
      `select ${columns} from failed_jobs where name = $1 and key = any($2) and state <> 'waiting'`,
      [name, keys],
    )
    return new Map(found.map(job => [job.key, job]))
  }

  /** Deletes a failure or a wait, because the job has succeeded since. */
  async clear(name: string, key: string): Promise<void> {
    await this.#db.query('delete from failed_jobs where name = $1 and key = $2', [name, key])
  }

  /**
   * One page of a user's failed and waiting jobs, or of all users with null, newest first.
   * @throws DarkroomError `bad-request` for a cursor of another list
   */
  list(userId: string | null, query: PageQuery): Promise<Page<FailedJob>> {
    const load = ({ at, id, count }: PagePosition) =>
      this.#db.query<FailedJob>(
        `select ${columns} from failed_jobs
         where ($1::text is null or user_id = $1) and ($2::timestamptz is null or (failed_at, id) < ($2, $3::text))
         order by failed_at desc, id desc limit $4`,
        [userId, at, id, count],
      )
    return listNewestFirst(query, load, ({ failedAt }) => failedAt)
  }

  /** A user's failed or waiting job, or that of any user with null. */
  async find(userId: string | null, id: string): Promise<FailedJob | undefined> {
    const [found] = await this.#db.query<FailedJob>(
      `select ${columns} from failed_jobs where id = $2 and ($1::text is null or user_id = $1)`,
      [userId, id],
    )
    return found
  }

  /** Deletes a failure, unless the job has failed again since it was read. */
  async remove({ id, failedAt }: Pick<FailedJob, 'id' | 'failedAt'>): Promise<void> {
    await this.#db.query('delete from failed_jobs where id = $1 and failed_at = $2', [id, failedAt])
  }

  /** Deletes failures older than 30 days. */
  async sweep(): Promise<void> {
    await this.#db.query(`delete from failed_jobs where failed_at < now() - interval '${keptDays} days'`)
  }
}
