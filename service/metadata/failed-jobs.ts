import type { ErrorCode } from '../errors/catalogue.ts'
import type { Page, PageQuery } from './cursor.ts'
import type { Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'
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
   * `failed` after its last retry or a permanent error; `parked` if no attempt was made, because the payload
   * could not be read; `waiting` while a dependency is unavailable.
   */
  state: 'failed' | 'parked' | 'waiting'
  /** The owner of the job; null when the payload could not be read. */
  userId: string | null
  imageId: string | null
  attempts: number
  code: ErrorCode
  /** Shown to users. */
  detail: string
  /** The time of the last attempt, or of the last time that a waiting job was enqueued again. */
  failedAt: Date
  /** Until this time, requests for the job's result are answered with this failure. */
  answersUntil: Date
}

/** A failure to record. */
export interface NewFailedJob extends Omit<FailedJob, 'id' | 'state' | 'failedAt' | 'answersUntil'> {
  state: 'failed' | 'parked'
  /** How long requests are answered with this failure, in milliseconds. */
  answersMs: number
}

const columns = `id, name, key, version, payload, state, user_id as "userId", image_id as "imageId", attempts, code, detail,
  failed_at as "failedAt", answers_until as "answersUntil"`

/** The assignments that replace an earlier record of the same name and key, for failed and for waiting jobs. */
export const replaceRecord = `version = excluded.version, payload = excluded.payload, state = excluded.state,
  user_id = excluded.user_id, image_id = excluded.image_id, attempts = excluded.attempts, code = excluded.code,
  detail = excluded.detail, failed_at = now()`

/** The maximum number of failures that are kept per user, and the days that they are kept. */
const maxPerUser = 1_000
const keptDays = 30

/** Failed jobs, with a limit per user and on their age. Jobs that wait or are queued are in the same table. */
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
       on conflict (name, key) do update set ${replaceRecord}, answers_until = excluded.answers_until, waits = 0`,
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
    // not "is not distinct from", which no index helps
    const [isOfUser, values] = userId === null ? ['user_id is null', []] : ['user_id = $1', [userId]]
    await this.#db.query(
      `delete from failed_jobs where id in (
         select id from failed_jobs where ${isOfUser} and state in ('failed', 'parked')
         order by failed_at desc, id desc offset ${maxPerUser})`,
      values,
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
   * The recorded failures among these keys of jobs of one name, also those that no longer answer requests.
   */
  async findByKeys(
    name: string,
    keys: readonly string[],
  ): Promise<Map<string, Pick<FailedJob, 'code' | 'detail' | 'answersUntil'>>> {
    const found = await this.#db.query<FailedJob>(
      `select ${columns} from failed_jobs where name = $1 and key = any($2) and state in ('failed', 'parked')`,
      [name, keys],
    )
    return new Map(found.map(job => [job.key, job]))
  }

  /** Deletes the record of a job, because the job has succeeded since. */
  async clear(name: string, key: string): Promise<void> {
    await this.#db.query('delete from failed_jobs where name = $1 and key = $2', [name, key])
  }

  /**
   * One page of a user's failed and waiting jobs, newest first. With `userId` null, those of all users.
   * @throws DarkroomError `bad-request` for a cursor of another list
   */
  list(userId: string | null, query: PageQuery): Promise<Page<FailedJob>> {
    const load = ({ at, id, count }: PagePosition) =>
      this.#db.query<FailedJob>(
        `select ${columns} from failed_jobs
         where state <> 'queued' and ($1::text is null or user_id = $1) and ($2::timestamptz is null or (failed_at, id) < ($2, $3::text))
         order by failed_at desc, id desc limit $4`,
        [userId, at, id, count],
      )
    return listNewestFirst(query, load, ({ failedAt }) => failedAt)
  }

  /** A failed or waiting job of a user. With `userId` null, the job may belong to any user. */
  async find(userId: string | null, id: string): Promise<FailedJob | undefined> {
    const [found] = await this.#db.query<FailedJob>(
      `select ${columns} from failed_jobs where id = $2 and state <> 'queued' and ($1::text is null or user_id = $1)`,
      [userId, id],
    )
    return found
  }

  /** Deletes at most `most` failures older than 30 days, and returns their number. */
  sweep(most: number): Promise<number> {
    return deleteBatch(this.#db, 'failed_jobs', `failed_at < now() - interval '${keptDays} days'`, most)
  }
}
