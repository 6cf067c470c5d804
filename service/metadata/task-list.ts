import type { Queryable } from './database.ts'
import { taskColumns as columns, isFinished, isUnfinished, type Task } from './tasks.ts'

/** The most unfinished and finished tasks that are listed. */
const maxUnfinished = 100
const maxFinished = 50

/** Shows tasks to users, who can retry and cancel theirs. */
export class TaskListRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * At most 100 unfinished tasks of a user, the earliest first, then at most 50 that ended, the latest first. With `userId`
   * null, those of all users. Tasks of the kinds `chores` are listed only when their last attempt failed.
   */
  list(userId: string | null, chores: readonly string[]): Promise<Task[]> {
    return this.#db.query<Task>(
      `(select ${columns} from tasks
        where ${isUnfinished} and ($1::text is null or user_id = $1) and (kind <> all($2) or code is not null)
        order by created_at, id limit ${maxUnfinished})
       union all
       (select ${columns} from tasks where ${isFinished} and ($1::text is null or user_id = $1)
        order by finished_at desc limit ${maxFinished})`,
      [userId, chores],
    )
  }

  /** A task of a user. With `userId` null, the task may belong to any user. */
  async find(userId: string | null, id: string): Promise<Task | undefined> {
    const [task] = await this.#db.query<Task>(
      `select ${columns} from tasks where id = $2 and ($1::text is null or user_id = $1)`,
      [userId, id],
    )
    return task
  }

  /**
   * Makes a failed task due, which goes on from its position, or one that waits after an error. Without a position it starts
   * over. False when it is neither, or when there is another unfinished task with its key.
   */
  async retry(id: string): Promise<boolean> {
    const rows = await this.#db.query(
      `update tasks set state = 'waiting', due_at = now(), attempts = 0,
         done = case when position is null then 0 else done end, total = case when position is null then null else total end,
         finished_at = case when state = 'waiting' then finished_at end
       where id = $1 and (state = 'failed' and not exists (
           select from tasks as other where other.kind = tasks.kind and other.key = tasks.key and other.${isUnfinished})
         or state = 'waiting' and code is not null) returning id`,
      [id],
    )
    return rows.length > 0
  }

  /** Ends an unfinished task; the process that runs it stops within seconds. False when it has ended before. */
  async cancel(id: string): Promise<boolean> {
    const rows = await this.#db.query(
      `update tasks set state = 'cancelled', holder = null, finished_at = now(), updated_at = now()
       where id = $1 and ${isUnfinished} returning id`,
      [id],
    )
    return rows.length > 0
  }

  /** The seconds since tasks of these kinds, which repeat, last reached their end or were created, by kind. */
  async agesOf(kinds: readonly string[]): Promise<Record<string, number>> {
    const rows = await this.#db.query<{ kind: string; age: number }>(
      `select kind, extract(epoch from now() - coalesce(finished_at, created_at))::float8 as age
       from tasks where kind = any($1) and key = '' and ${isUnfinished}`,
      [kinds],
    )
    return Object.fromEntries(rows.map(({ kind, age }) => [kind, age]))
  }

  /** The number of unfinished tasks of these kinds, by kind. */
  async countByKind(kinds: readonly string[]): Promise<Record<string, number>> {
    const rows = await this.#db.query<{ kind: string; count: number }>(
      `select kind, count(*) from tasks where kind = any($1) and ${isUnfinished} group by kind`,
      [kinds],
    )
    return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]))
  }
}
