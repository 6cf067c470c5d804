import type { Queryable } from './database.ts'
import { type FailedJob, replaceRecord } from './failed-jobs.ts'
import { randomId } from './ids.ts'

/** What a queue needs to run a job. */
export type StoredJob = Pick<FailedJob, 'name' | 'key' | 'version' | 'payload'>

/** A job to record because it was enqueued. */
export type NewQueuedJob = StoredJob & Pick<FailedJob, 'userId' | 'imageId'>

/** A job that waits until a dependency is back. */
export type NewWaitingJob = NewQueuedJob & Pick<FailedJob, 'attempts' | 'code' | 'detail'>

/** The number of jobs that `claimLost` returns at most. */
const maxLost = 500

/**
 * Jobs that are still to be done, in the table of failed jobs: those that wait for a dependency, and those that would
 * be forgotten if the queue lost them. Their number is limited by the queue.
 */
export class UnfinishedJobRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records a job that was enqueued. No list shows the record: it is for `claimLost`. An earlier failure is replaced, unless
   * requests are still answered with it. The record of a job that has ended meanwhile is removed after its next run, which finds
   * its work done.
   */
  async recordQueued(job: NewQueuedJob): Promise<void> {
    const { name, key, version, payload, userId, imageId } = job
    await this.#db.query(
      `insert into failed_jobs
         (id, name, key, version, payload, state, user_id, image_id, attempts, code, detail, answers_until)
       select $1, $2, $3, $4, $5, 'queued', (select id from users where id = $6), $7, 0, 'unavailable',
         'the job is queued', now()
       on conflict (name, key) do update set ${replaceRecord}, answers_until = now(), waits = 0
         where failed_jobs.state in ('failed', 'parked') and failed_jobs.answers_until <= now()`,
      [randomId(16), name, key, version, JSON.stringify(payload), userId, imageId],
    )
  }

  /** Records that a failed job was enqueued again, unless it has ended since its failure was read. */
  async recordRetry({ id, failedAt }: Pick<FailedJob, 'id' | 'failedAt'>): Promise<void> {
    await this.#db.query(
      `update failed_jobs set state = 'queued', failed_at = now(), answers_until = now(), waits = 0
       where id = $1 and failed_at = $2`,
      [id, failedAt],
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
       on conflict (name, key) do update set ${replaceRecord}, answers_until = now(),
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
   * At most 500 jobs that were recorded more than `afterMs` milliseconds ago, and not again since: the queue may have
   * lost them. They are not returned again for the same time.
   */
  claimLost(afterMs: number): Promise<StoredJob[]> {
    return this.#db.query<StoredJob>(
      `update failed_jobs set failed_at = now() where id in (
         select id from failed_jobs
         where state in ('waiting', 'queued') and failed_at < now() - $1 * interval '1 millisecond'
         order by failed_at limit ${maxLost} for update skip locked)
       returning name, key, version, payload`,
      [afterMs],
    )
  }
}
