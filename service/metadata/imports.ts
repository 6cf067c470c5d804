import Type from 'typebox'
import { DarkroomError, type ErrorCode } from '../errors/catalogue.ts'
import { clampPageSize, decodeCursor, type Page, type PageQuery, toPage } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'
import { randomId } from './ids.ts'
import type { NewImageLabels } from './image.ts'
import { isFinished, isUnfinished, type NewTask, type TaskFailure } from './tasks.ts'

/** An image to import. */
export interface NewImport {
  readonly url: string
  /** What the user calls the image; null for nothing. */
  readonly reference: string | null
  readonly labels: NewImageLabels
}

/** An address that was not imported yet. */
export interface WaitingImport extends Pick<NewImport, 'url' | 'labels'> {
  readonly taskId: string
  /** The place in the list, from 0. */
  readonly number: number
  /** The id of the image that the next attempt makes. */
  readonly imageId: string
}

/** An address with its result. */
export interface ImportResult extends Pick<NewImport, 'url' | 'reference'> {
  number: number
  state: 'waiting' | 'done' | 'failed'
  /** Null until it is imported. */
  imageId: string | null
  /** Why it failed; null when it did not. */
  code: ErrorCode | null
  detail: string | null
}

/** The failures of an import: their number, and the first of them. */
export interface ImportFailures {
  failed: number
  failures: Pick<ImportResult, 'number' | 'url' | 'reference' | 'code' | 'detail'>[]
}

/** How many addresses have which result. */
export interface ImportCounts {
  waiting: number
  done: number
  failed: number
}

/** The number of the last address of a page. */
const Position = Type.Integer({ minimum: 0, maximum: 1e6 })

/** The most unfinished imports of a user, and the most finished ones whose addresses are kept. */
const maxUnfinished = 10
const maxFinished = 20
/** How many failures `failuresOf` returns per import. */
const shownFailures = 10

const failureFields = 'number, url, reference, code, detail'
const resultColumns = `number, url, reference, state, case when state = 'done' then image_id end as "imageId", code, detail`

/** Imports of many images: tasks, with their addresses. */
export class ImportRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Creates a task with its addresses. The task's key is its id. Call this after `TaskRepository.requireRoom`, in its
   * transaction, which holds the user's row, so that concurrent calls cannot exceed the limit.
   * @throws DarkroomError `too-many-requests` when the user has too many unfinished imports
   */
  async create(
    { kind, key: id, userId, subject, payload }: NewTask,
    images: readonly NewImport[],
  ): Promise<void> {
    const items = images.map((image, number) => ({ ...image, number, image_id: randomId(16) }))
    const rows = await this.#db.query(
      `with created as (
         insert into tasks (id, kind, key, user_id, subject, payload, total) select $1, $2, $1, $3, $4, $5, $6
         where (select count(*) from tasks where user_id = $3 and kind = $2 and ${isUnfinished}) < ${maxUnfinished}
         returning id)
       insert into import_items (task_id, number, url, reference, labels, image_id)
       select created.id, number, url, reference, labels, image_id from created, jsonb_to_recordset($7) as item (
         number integer, url text, reference text, labels jsonb, image_id text) returning number`,
      [id, kind, userId, subject, JSON.stringify(payload), images.length, JSON.stringify(items)],
    )
    if (rows.length === 0) {
      const detail = `too many imports are unfinished: at most ${maxUnfinished}`
      throw new DarkroomError('too-many-requests', detail, { retryAfterMs: 60_000 })
    }
    await this.#db.query(
      `delete from tasks where id in (select id from tasks where user_id = $1 and kind = $2 and ${isFinished}
         order by finished_at desc offset ${maxFinished - 1})`,
      [userId, kind],
    )
  }

  /**
   * Whether the import goes on: it is not cancelled, its user is active, and the API key that ordered it, if one did, is
   * still valid.
   */
  async isAllowed(taskId: string, userId: string, apiKeyId: string | null): Promise<boolean> {
    const rows = await this.#db.query(
      `select from tasks join users on users.id = tasks.user_id
       where tasks.id = $1 and ${isUnfinished} and users.id = $2 and deleted_at is null and not disabled
         and ($3::text is null or exists (
           select from api_keys where api_keys.id = $3 and (api_keys.expires_at is null or api_keys.expires_at > now())))`,
      [taskId, userId, apiKeyId],
    )
    return rows.length > 0
  }

  async count(taskId: string): Promise<ImportCounts> {
    const rows = await this.#db.query<ImportCounts>(
      `select count(*) filter (where state = 'waiting') as waiting, count(*) filter (where state = 'done') as done,
         count(*) filter (where state = 'failed') as failed from import_items where task_id = $1`,
      [taskId],
    )
    return onlyRow(rows)
  }

  /** At most `most` addresses that have no result yet, the earliest first. */
  listWaiting(taskId: string, most: number): Promise<WaitingImport[]> {
    return this.#db.query<WaitingImport>(
      `select task_id as "taskId", number, url, labels, image_id as "imageId" from import_items
       where task_id = $1 and state = 'waiting' order by number limit $2`,
      [taskId, most],
    )
  }

  /**
   * Gives an address the id of another image, because an earlier attempt has used up the last one. Returns the id; undefined
   * when another process has done that.
   */
  async renewImageId({ taskId, number, imageId }: WaitingImport): Promise<string | undefined> {
    const [row] = await this.#db.query<{ imageId: string }>(
      `update import_items set image_id = $4
       where task_id = $1 and number = $2 and image_id = $3 and state = 'waiting' returning image_id as "imageId"`,
      [taskId, number, imageId, randomId(16)],
    )
    return row?.imageId
  }

  /** Records the result of an attempt. A failure does not replace the success of another process. */
  async settle({ taskId, number, imageId }: WaitingImport, failure?: TaskFailure): Promise<void> {
    await this.#db.query(
      `update import_items set state = $4, code = $5, detail = $6, labels = case when $4 = 'done' then '{}' else labels end
       where task_id = $1 and number = $2 and image_id = $3 and state <> 'done'`,
      [
        ...[taskId, number, imageId, failure ? 'failed' : 'done'],
        ...[failure?.code ?? null, failure?.detail ?? null],
      ],
    )
  }

  /** Lets the addresses that failed be tried again. The task goes on with the number of those that were imported. */
  async retryFailed(taskId: string): Promise<void> {
    await this.#db.query(
      `with again as (
         update import_items set state = 'waiting', code = null, detail = null where task_id = $1 and state = 'failed'),
       counted as (
         select count(*) as total, count(*) filter (where state = 'done') as done from import_items where task_id = $1)
       update tasks set position = jsonb_build_object('counted', counted.done), done = counted.done, total = counted.total
       from counted where id = $1 and tasks.state = 'failed'`,
      [taskId],
    )
  }

  /** The failures of these imports, by task; an import without failures is absent. */
  async failuresOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, ImportFailures>> {
    if (taskIds.length === 0) return new Map()
    const rows = await this.#db.query<ImportFailures & { taskId: string }>(
      `select task_id as "taskId", count(*) as failed, (
         select json_agg(first) from (
           select ${failureFields} from import_items as each where each.task_id = items.task_id and state = 'failed'
           order by number limit ${shownFailures}) as first) as failures
       from import_items as items where task_id = any($1) and state = 'failed' group by task_id`,
      [taskIds],
    )
    return new Map(rows.map(({ taskId, ...failures }) => [taskId, failures]))
  }

  /**
   * One page of the addresses of an import, in their order. With `userId` null, the import may belong to any user. Undefined
   * when there is no such import.
   * @throws DarkroomError `bad-request` for a cursor of another list
   */
  async list(
    userId: string | null,
    taskId: string,
    { state = null, ...page }: PageQuery & { readonly state?: ImportResult['state'] | undefined | null },
  ): Promise<Page<ImportResult> | undefined> {
    const limit = clampPageSize(page.limit)
    const after = page.cursor === undefined ? -1 : decodeCursor(Position, page.cursor)
    const tasks = await this.#db.query(
      'select from tasks where id = $1 and ($2::text is null or user_id = $2) and exists (select from import_items where task_id = $1)',
      [taskId, userId],
    )
    if (tasks.length === 0) return undefined
    const rows = await this.#db.query<ImportResult>(
      `select ${resultColumns} from import_items
       where task_id = $1 and number > $2 and ($3::text is null or state = $3) order by number limit $4`,
      [taskId, after, state, limit + 1],
    )
    return toPage(rows, limit, last => last.number)
  }
}
