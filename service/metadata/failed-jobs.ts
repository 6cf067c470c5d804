import type { ErrorCode } from '../errors/catalogue.ts'
import type { Page, PageQuery } from './cursor.ts'
import type { Queryable } from './database.ts'
import { randomId } from './ids.ts'
import { listNewestFirst, type PagePosition } from './newest-first.ts'

/** A job that was given up. */
export interface FailedJob {
  id: string
  name: string
  key: string
  /** Of the payload's shape. */
  version: number
  payload: unknown
  /** `failed` as often as it may, or for good; `parked` without a try, as its payload was not understood. */
  state: 'failed' | 'parked'
  /** Whose job it was; null of one that nobody could read. */
  userId: string | null
  imageId: string | null
  attempts: number
  code: ErrorCode
  /** Public. */
  detail: string
  failedAt: Date
  /** Until then whoever asks for what the job should have made is answered with its failure. */
  answersUntil: Date
}

/** A failure as it is recorded. */
export interface NewFailedJob extends Omit<FailedJob, 'id' | 'failedAt' | 'answersUntil'> {
  /** For how long it is the answer, in milliseconds. */
  answersMs: number
}

const columns = `id, name, key, version, payload, state, user_id as "userId", image_id as "imageId", attempts, code, detail,
  failed_at as "failedAt", answers_until as "answersUntil"`

/** How many are kept of each user, and for how long. */
const maxPerUser = 1_000
const keptDays = 30

/** What became of jobs that nobody will do, bounded by user and age. */
export class FailedJobRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Records a failure in the place of an older one of the same name and key. */
  async record(job: NewFailedJob): Promise<void> {
    const { name, key, version, payload, state, userId, imageId, attempts, code, detail, answersMs } = job
    await this.#db.query(
      `insert into failed_jobs (id, name, key, version, payload, state, user_id, image_id, attempts, code, detail, answers_until)
       select $1, $2, $3, $4, $5, $6, (select id from users where id = $7), $8, $9, $10, $11,
         now() + $12 * interval '1 millisecond'
       on conflict (name, key) do update set
         version = excluded.version, payload = excluded.payload, state = excluded.state, user_id = excluded.user_id,
         image_id = excluded.image_id, attempts = excluded.attempts, code = excluded.code, detail = excluded.detail,
         failed_at = now(), answers_until = excluded.answers_until`,
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
         select id from failed_jobs where user_id is not distinct from $1
         order by failed_at desc, id desc offset ${maxPerUser})`,
      [userId],
    )
  }

  /** The failure that is still the answer for this key. */
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

  /** Of jobs of this name, the failures on record by key, whether they are still the answer or not. */
  async findByKeys(
    name: string,
    keys: readonly string[],
  ): Promise<Map<string, Pick<FailedJob, 'code' | 'detail' | 'answersUntil'>>> {
    const found = await this.#db.query<FailedJob>(
      `select ${columns} from failed_jobs where name = $1 and key = any($2)`,
      [name, keys],
    )
    return new Map(found.map(job => [job.key, job]))
  }

  /** Forgets a failure, as the work was done after all. */
  async clear(name: string, key: string): Promise<void> {
    await this.#db.query('delete from failed_jobs where name = $1 and key = $2', [name, key])
  }

  /**
   * One page of a user's, or of all with null, the latest first. Throws `bad-request` for a cursor that is not of
   * this list.
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

  /** A user's, or anybody's with null. */
  async find(userId: string | null, id: string): Promise<FailedJob | undefined> {
    const [found] = await this.#db.query<FailedJob>(
      `select ${columns} from failed_jobs where id = $2 and ($1::text is null or user_id = $1)`,
      [userId, id],
    )
    return found
  }

  /** Forgets a failure, unless the job has failed again since it was read. */
  async remove({ id, failedAt }: Pick<FailedJob, 'id' | 'failedAt'>): Promise<void> {
    await this.#db.query('delete from failed_jobs where id = $1 and failed_at = $2', [id, failedAt])
  }

  /** Forgets what is too old to be of use. */
  async sweep(): Promise<void> {
    await this.#db.query(`delete from failed_jobs where failed_at < now() - interval '${keptDays} days'`)
  }
}
