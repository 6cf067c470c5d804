import Type, { type Static } from 'typebox'
import { clampPageSize, decodeCursor, type Page, type PageQuery, toPage } from './cursor.ts'
import type { Queryable } from './database.ts'
import { taskColumns as columns, isFinished, isUnfinished, type Task } from './tasks.ts'

/** The last task of a page: an unfinished one with the time of its creation, or one that ended, with that time. */
const Position = Type.Object({
  ended: Type.Boolean(),
  at: Type.Integer({ minimum: 0, maximum: 8.64e15 }),
  id: Type.String({ pattern: '^[a-z0-9]{6,32}$' }),
})
type Position = Static<typeof Position>

/** A page of the list; of tasks of one kind if `kind` is given. */
export interface TaskQuery extends PageQuery {
  readonly kind?: string | undefined
}

/** Which tasks are read. */
interface Selection {
  readonly userId: string | null
  readonly kind: string | null
}

/** Where the list begins: before all unfinished tasks. */
const start: Position = { ended: false, at: 0, id: '' }
/** Where the tasks that ended begin. */
const lastEnd: Position = { ended: true, at: 8.64e15, id: '' }

function positionOf({ state, id, createdAt, finishedAt }: Task): Position {
  const ended = state === 'done' || state === 'failed' || state === 'cancelled'
  return { ended, at: ((ended ? finishedAt : null) ?? createdAt).getTime(), id }
}

/** With the id spelled out, Postgres uses the index of users. */
const isOf = (userId: string | null) => (userId === null ? '$1::text is null' : 'user_id = $1')

const isKind = (parameter: string) => `(${parameter}::text is null or kind = ${parameter})`

/** Shows tasks to users, who can retry and cancel theirs. */
export class TaskListRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * One page of a user's tasks: unfinished ones, the earliest first, then those that ended, the latest first. With `userId`
   * null, those of all users. Tasks of the kinds `chores` are listed only when their last attempt failed.
   * @throws DarkroomError `bad-request` for a cursor of another list
   */
  async list(userId: string | null, chores: readonly string[], query: TaskQuery): Promise<Page<Task>> {
    const limit = clampPageSize(query.limit)
    const after = query.cursor === undefined ? start : decodeCursor(Position, query.cursor)
    const which = { userId, kind: query.kind ?? null }
    const open = after.ended ? [] : await this.#listUnfinished(which, chores, after, limit + 1)
    const rest = limit + 1 - open.length
    const ended = rest > 0 ? await this.#listEnded(which, after.ended ? after : lastEnd, rest) : []
    return toPage([...open, ...ended], limit, positionOf)
  }

  #listUnfinished(
    { userId, kind }: Selection,
    chores: readonly string[],
    { at, id }: Position,
    count: number,
  ): Promise<Task[]> {
    return this.#db.query<Task>(
      `select ${columns} from tasks
       where ${isUnfinished} and ${isOf(userId)} and (kind <> all($2) or code is not null) and (created_at, id) > ($3, $4)
         and ${isKind('$6')} order by created_at, id limit $5`,
      [userId, chores, new Date(at), id, count, kind],
    )
  }

  #listEnded({ userId, kind }: Selection, { at, id }: Position, count: number): Promise<Task[]> {
    return this.#db.query<Task>(
      `select ${columns} from tasks where ${isFinished} and ${isOf(userId)} and (finished_at, id) < ($2, $3)
         and ${isKind('$5')} order by finished_at desc, id desc limit $4`,
      [userId, new Date(at), id, count, kind],
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
