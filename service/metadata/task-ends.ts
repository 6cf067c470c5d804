import type { Queryable } from './database.ts'
import { changeTask, type HeldTask, inMs, isFinished, type TaskFailure } from './tasks.ts'

/** The number of finished tasks that are kept per user, and the days that they are kept. */
const maxFinished = 200
const keptDays = 7
/** How many tasks with items are deleted at once: each has up to a thousand. */
const maxWithItems = 10

/** Ends tasks, and deletes those that ended long ago. Only the holder of a task can end it. */
export class TaskEndRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Ends the task. Only the newest 200 finished tasks of a user are kept. One that is given up keeps its position, from which
   * a retry goes on. One that has reached its end, although items failed, starts over when it is retried: those items may be
   * anywhere. False when the process does not hold the task any more.
   */
  async end(
    task: HeldTask,
    {
      isComplete,
      done = 0,
      total = null,
    }: { readonly isComplete: boolean; readonly done?: number; readonly total?: number | null | undefined },
    failure?: TaskFailure,
  ): Promise<boolean> {
    const isEnded = await changeTask(
      this.#db,
      task,
      `state = $3, holder = null, done = done + $4, total = coalesce($5, total), code = $6, detail = $7,
       position = case when $8 then null else position end, updated_at = now(), finished_at = now()`,
      [failure ? 'failed' : 'done', done, total, failure?.code ?? null, failure?.detail ?? null, isComplete],
    )
    // not "is not distinct from", which no index helps
    const [isOfUser, values] =
      task.userId === null ? ['user_id is null', []] : ['user_id = $1', [task.userId]]
    await this.#db.query(
      `delete from tasks where id in (
         select id from tasks where ${isOfUser} and ${isFinished} order by finished_at desc offset ${maxFinished})`,
      values,
    )
    return isEnded
  }

  /**
   * Ends a run of a task that repeats: it starts from the beginning in `everyMs` milliseconds. A run is complete when it
   * has reached its end, also when some of its items failed. False when the process does not hold the task any more.
   */
  repeat(
    task: HeldTask,
    everyMs: number,
    { isComplete, failure }: { readonly isComplete: boolean; readonly failure?: TaskFailure | undefined },
  ): Promise<boolean> {
    return changeTask(
      this.#db,
      task,
      `state = 'waiting', holder = null, due_at = ${inMs('$3')}, position = null, done = 0, total = null, attempts = 0,
       waits = 0, code = $4, detail = $5, started_at = null, updated_at = now(),
       finished_at = case when $6 then now() else finished_at end`,
      [everyMs, failure?.code ?? null, failure?.detail ?? null, isComplete],
    )
  }

  /**
   * Deletes at most `most` tasks that ended more than 7 days ago, and at most ten that have items, which are deleted with
   * them. Returns their number; at least `most` when there may be more.
   */
  async sweep(most: number): Promise<number> {
    const hasItems = 'exists (select from import_items where task_id = tasks.id)'
    const isExpired = `${isFinished} and finished_at < now() - interval '${keptDays} days'`
    const rows = await this.#db.query<{ withItems: boolean }>(
      `with expired as materialized (
         (select id, true as with_items from tasks where ${isExpired} and ${hasItems}
          order by finished_at limit ${maxWithItems})
         union all
         (select id, false from tasks where ${isExpired} and not ${hasItems} order by finished_at limit $1))
       delete from tasks using expired where tasks.id = expired.id returning with_items as "withItems"`,
      [most],
    )
    const withItems = rows.filter(row => row.withItems).length
    return withItems === maxWithItems ? Math.max(most, rows.length) : rows.length
  }
}
