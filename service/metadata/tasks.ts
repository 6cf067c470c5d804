import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import { onlyRow, type Queryable } from './database.ts'
import { randomId } from './ids.ts'

/** Long work that is done page by page. */
export interface Task {
  id: string
  kind: string
  /** The owner; null when only administrators may see the task. */
  userId: string | null
  /** What the task is about, for display. */
  subject: string
  payload: unknown
  state: 'waiting' | 'running' | 'done' | 'failed' | 'cancelled'
  /** Where the next page starts; null for the first page. */
  position: unknown
  /** The number of items that are done. */
  done: number
  /** The number of items; null when it is not known. */
  total: number | null
  /** Failed attempts since the last page. */
  attempts: number
  /** Pauses for an unavailable dependency since the last page. */
  waits: number
  /** The last error since the last page, or why the task failed. */
  code: ErrorCode | null
  /** Shown to users. */
  detail: string | null
  /** When a waiting task is continued. */
  dueAt: Date
  createdAt: Date
  /** When the first page began; null before. */
  startedAt: Date | null
  updatedAt: Date
  /** The end of the task; of one that repeats, the end of its last complete run. */
  finishedAt: Date | null
}

/** A task to create. */
export interface NewTask extends Pick<Task, 'kind' | 'userId' | 'subject' | 'payload'> {
  /** At most one unfinished task of a kind has the same key. */
  key: string
  /** Where to start; null for the beginning. */
  position?: unknown
}

/** A running task, and the word that proves that it still belongs to the process that runs it. */
export interface HeldTask extends Task {
  holder: string
}

/** The result of one page. */
export interface TaskPage<Position> {
  /** Where the next page starts; absent after the last page. */
  readonly next?: Position | undefined
  /** The number of items that this page has done. */
  readonly done: number
  /** The number of items of the whole task, when this page has found it out. */
  readonly total?: number | undefined
  /** How long the next page waits, in milliseconds; absent when it can follow at once. */
  readonly delayMs?: number | undefined
  /** Why items of this page or of earlier ones failed. The task goes on, and fails after its last page. */
  readonly failure?: TaskFailure | undefined
}

/** Why a page failed, in words for the owner. */
export interface TaskFailure {
  readonly code: ErrorCode
  readonly detail: string
}

/** Which tasks a process takes. */
export interface TaskClaim {
  /** The kinds that this version of Darkroom knows. */
  readonly kinds: readonly string[]
  /** How long the task belongs to the process unless it is renewed, in milliseconds. */
  readonly leaseMs: number
  /** How long tasks must have been due, so that other processes can take them first, in milliseconds. */
  readonly overdueMs: number
  /** Those that hold up no task of another kind, and wait for none. */
  readonly remoteKinds?: readonly string[]
}

/** The columns of a `Task`. */
export const taskColumns = `id, kind, user_id as "userId", subject, payload, state, position, done, total, attempts, waits, code, detail,
  due_at as "dueAt", created_at as "createdAt", started_at as "startedAt", updated_at as "updatedAt",
  finished_at as "finishedAt"`

/** The most unfinished tasks of a user. */
const maxUnfinished = 100

export const isUnfinished = `state in ('waiting', 'running')`
export const isFinished = `state in ('done', 'failed', 'cancelled')`
/** A time of the database, in milliseconds from now. */
export const inMs = (parameter: string) => `now() + ${parameter} * interval '1 millisecond'`

/**
 * Tasks of all processes. A process holds a task for a few seconds and renews that while it runs; when it dies, another one
 * takes the task. Only the holder can change a running task.
 */
export class TaskRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Creates a task that is due at once. Returns the id of the unfinished task with the same key if there is one. */
  async create({ kind, key, userId, subject, payload, position = null }: NewTask): Promise<string> {
    const start = position === null ? null : JSON.stringify(position)
    for (;;) {
      const [row] = await this.#db.query<{ id: string }>(
        `with created as (
           insert into tasks (id, kind, key, user_id, subject, payload, position) values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (kind, key) where ${isUnfinished} do nothing returning id)
         select id from created union all select id from tasks where kind = $2 and key = $3 and ${isUnfinished}`,
        [randomId(16), kind, key, userId, subject, JSON.stringify(payload), start],
      )
      // missing only when the task with the same key ended in this moment
      if (row) return row.id
    }
  }

  /**
   * Call this in the transaction that gives a user one more unfinished task: it locks the user's row, so that concurrent
   * transactions cannot exceed the limit. Tasks without an owner have no limit.
   * @throws DarkroomError `too-many-requests` when the user has too many unfinished tasks
   */
  async requireRoom(userId: string | null): Promise<void> {
    if (userId === null) return
    await this.#db.query('select id from users where id = $1 for no key update', [userId])
    // a statement of its own: one that waits for the lock does not see what the transactions before it have created
    const rows = await this.#db.query<{ count: number }>(
      `select count(*) from (select from tasks where user_id = $1 and ${isUnfinished} limit ${maxUnfinished}) as counted`,
      [userId],
    )
    if (onlyRow(rows).count < maxUnfinished) return
    throw new DarkroomError('too-many-requests', `too many tasks are unfinished: at most ${maxUnfinished}`, {
      retryAfterMs: 60_000,
    })
  }

  /**
   * Takes the task that has been due for the longest time. Of each user only the first due task can be taken, so that
   * no user delays others by creating many; a task of a kind that this version does not know delays none, and remote kinds
   * only each other. A process that died with a task used up an attempt.
   */
  async claim({ kinds, leaseMs, overdueMs, remoteKinds = [] }: TaskClaim): Promise<HeldTask | undefined> {
    const [task] = await this.#db.query<HeldTask>(
      `with next as (
         select id from tasks as task
         where ${isUnfinished} and due_at <= now() - $4 * interval '1 millisecond' and kind = any($1)
           and not exists (select from tasks as earlier where earlier.user_id = task.user_id
             and earlier.kind = any($1) and (earlier.kind = any($5)) = (task.kind = any($5))
             and earlier.state in ('waiting', 'running') and (earlier.created_at, earlier.id) < (task.created_at, task.id)
             and (earlier.state = 'running' or earlier.due_at <= now()))
         order by due_at limit 1 for update skip locked)
       update tasks set state = 'running', holder = $2, due_at = ${inMs('$3')},
         attempts = attempts + (state = 'running')::integer, started_at = coalesce(started_at, now())
       where id = (select id from next) returning ${taskColumns}, holder`,
      [kinds, randomId(16), leaseMs, overdueMs, remoteKinds],
    )
    return task
  }

  /** Holds the task for longer. False when the process does not hold it any more. */
  renew(task: HeldTask, leaseMs: number): Promise<boolean> {
    return changeTask(this.#db, task, `due_at = ${inMs('$3')}`, [leaseMs])
  }

  /** Saves the position after a page. False when the process does not hold the task any more. */
  advance(task: HeldTask, { next, done, total, failure }: TaskPage<unknown>): Promise<boolean> {
    return changeTask(
      this.#db,
      task,
      `position = $3, done = done + $4, total = coalesce($5, total), attempts = 0, waits = 0, code = $6, detail = $7,
       updated_at = now()`,
      [JSON.stringify(next), done, total ?? null, failure?.code ?? null, failure?.detail ?? null],
    )
  }

  /** Returns the task, so that any process can continue it after `delayMs`, and after the other tasks that are due. */
  async release(task: HeldTask, delayMs = 0): Promise<void> {
    await changeTask(this.#db, task, `state = 'waiting', holder = null, due_at = ${inMs('$3')}`, [delayMs])
  }

  /** Returns the task after a failed attempt (`attempts`) or during an outage (`waits`). It is due after `delayMs`. */
  async postpone(
    task: HeldTask,
    { code, detail }: TaskFailure,
    { attempts, waits, delayMs }: Pick<Task, 'attempts' | 'waits'> & { readonly delayMs: number },
  ): Promise<void> {
    await changeTask(
      this.#db,
      task,
      `state = 'waiting', holder = null, due_at = ${inMs('$3')}, attempts = $4, waits = $5, code = $6, detail = $7,
       updated_at = now()`,
      [delayMs, attempts, waits, code, detail],
    )
  }

  /** Creates the tasks that repeat, unless they exist, and makes all of them due now, except those that run. */
  async startRepeating(kinds: readonly string[]): Promise<void> {
    await this.#db.query(
      `insert into tasks (id, kind, key, subject, payload)
       select id, kind, '', '', '{}' from unnest($1::text[], $2::text[]) as fresh (id, kind)
       on conflict (kind, key) where ${isUnfinished} do update set due_at = now() where tasks.state = 'waiting'`,
      [kinds.map(() => randomId(16)), kinds],
    )
  }
}

/** Changes a running task. False when the process does not hold it any more. */
export async function changeTask(
  db: Queryable,
  { id, holder }: HeldTask,
  assignments: string,
  values: readonly unknown[] = [],
): Promise<boolean> {
  const rows = await db.query(`update tasks set ${assignments} where id = $1 and holder = $2 returning id`, [
    id,
    holder,
    ...values,
  ])
  return rows.length > 0
}
