import { type Database, onlyRow, type Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'
import type { DerivativeName } from './derivatives.ts'

/** The largest number of users that `list` returns. */
const maxListed = 100
/** The number of rows that one statement reads, marks or deletes, so that it ends in time. */
const defaultBatch = 1_000

/** How many rows of a page a statement changed, and the last row of the page; null when there are no more rows. */
export interface ChangedRows<Name> {
  readonly count: number
  readonly last: Name | null
}

/**
 * Begins the transaction that deletes a user's row. Postgres then looks for rows that refer to the user by indexes only. It
 * would read most of `images` otherwise, because it does not know yet that the user has none any more.
 */
const beginByIndexes = 'begin; set local enable_seqscan = off; set local enable_bitmapscan = off'

/**
 * Deleted users whose data is not completely removed yet. A page locks the rows of images in the order of their ids, as in
 * `DerivativeRepository.record`, to avoid deadlocks. With a join to the page, Postgres may read the whole table for each
 * page, so statements look up the elements of an array.
 */
export class DeletedUserRepository {
  readonly #db: Queryable & Pick<Database, 'transaction'>
  readonly #batch: number

  constructor(db: Queryable & Pick<Database, 'transaction'>, batch = defaultBatch) {
    this.#db = db
    this.#batch = batch
  }

  /** The ids of at most 100 deleted users without an unfinished task of this kind, the earliest deletion first. */
  async list(kind: string): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      `select id from users where deleted_at is not null and not exists (
         select from tasks where kind = $1 and key = users.id and state in ('waiting', 'running'))
       order by deleted_at limit ${maxListed}`,
      [kind],
    )
    return rows.map(({ id }) => id)
  }

  /** Whether a user is deleted and not completely removed yet. */
  async has(userId: string): Promise<boolean> {
    const users = await this.#db.query('select id from users where id = $1 and deleted_at is not null', [
      userId,
    ])
    return users.length > 0
  }

  /** The number of a user's images, without unfinished uploads, and of the derivatives: as they are counted for limits. */
  async countRows(userId: string): Promise<{ images: number; derivatives: number }> {
    const rows = await this.#db.query<{ images: number; derivatives: number }>(
      'select images + deleted_images as images, derivatives from user_holdings where user_id = $1',
      [userId],
    )
    return rows[0] ?? { images: 0, derivatives: 0 }
  }

  /** Marks a page of images after `after` as deleted, including unfinished uploads. */
  async markImages(userId: string, after: string): Promise<ChangedRows<string>> {
    const rows = await this.#db.query<{ last: string | null; count: number }>(
      `with page as materialized (
         select id from images where user_id = $1 and id > $2 order by id limit ${this.#batch} for update),
       changed as (
         update images set state = 'deleted', deleted_at = coalesce(deleted_at, now())
         where id = any(array(select id from page)) and state <> 'deleted')
       select max(id) as last, count(*) from page`,
      [userId, after],
    )
    return onlyRow(rows)
  }

  /** Deletes a page of derivatives after `after`. */
  async deleteDerivatives(userId: string, after: DerivativeName): Promise<ChangedRows<DerivativeName>> {
    const rows = await this.#db.query<DerivativeName & { count: number }>(
      `with page as materialized (
         select image_id, file_name from derivatives where user_id = $1 and (image_id, file_name) > ($2, $3)
         order by image_id, file_name limit ${this.#batch} for update),
       gone as (
         delete from derivatives where user_id = $1 and image_id = any(array(select image_id from page))
           and (image_id, file_name) in (select image_id, file_name from page))
       select image_id as "imageId", file_name as "fileName", (select count(*) from page) as count from page
       order by image_id desc, file_name desc limit 1`,
      [userId, after.imageId, after.fileName],
    )
    const [last] = rows
    return last ? { count: last.count, last } : { count: 0, last: null }
  }

  /**
   * Deletes a page of images after `after`. Their derivatives must be deleted before, as there may be millions. An image
   * stays, and sets `isKept`, while its original may still be written: its upload or replacement began after `begunAfter`
   * and was not rolled back. Nothing would lead to the original of a process that crashes then.
   */
  async deleteImages(
    userId: string,
    after: string,
    begunAfter: Date,
  ): Promise<ChangedRows<string> & { isKept: boolean }> {
    const rows = await this.#db.query<{ last: string | null; count: number; isKept: boolean }>(
      `with page as materialized (
         select id, format is null and purged_at is null and created_at > $3 or exists (
           select from original_files where original_files.user_id = $1 and image_id = images.id
             and original_files.state = 'writing' and original_files.created_at > $3) as is_kept
         from images where user_id = $1 and id > $2 order by id limit ${this.#batch} for update of images),
       gone as (delete from images where id = any(array(select id from page where not is_kept)))
       select max(id) as last, count(*) filter (where not is_kept) as count,
         coalesce(bool_or(is_kept), false) as "isKept" from page`,
      [userId, after, begunAfter],
    )
    const page = onlyRow(rows)
    if (page.last !== null) await this.#skipDeleted(userId, after, page.last)
    return page
  }

  /**
   * Whether uploads of the user are under way, which have begun before the user was deleted. It does not look for other
   * images: that would read all of those that were just deleted.
   */
  async hasUploads(userId: string): Promise<boolean> {
    const rows = await this.#db.query(
      `select id from images where state = 'uploading' and user_id = $1 limit 1`,
      [userId],
    )
    return rows.length > 0
  }

  /**
   * Reads the images of a page that was just deleted. Postgres marks their entries in the index as dead when it finds no
   * row, so that the deletion of the user's row passes over them. It would look up each image of the user otherwise, which
   * takes longer than a statement may.
   */
  async #skipDeleted(userId: string, after: string, last: string): Promise<void> {
    await this.#db.query(
      'select id from images where user_id = $1 and id > $2 and id <= $3 order by id limit 1',
      [userId, after, last],
    )
  }

  /**
   * Deletes a page of rows of the other tables that belong to users, beginning with the table `from`, and the user's row
   * when those are gone, unless `keepsUser` is set. Returns the table to go on with; undefined when all are empty.
   */
  async deleteRest(userId: string, from: string, { keepsUser = false } = {}): Promise<string | undefined> {
    const tables = await this.#tablesOfUsers()
    const start = tables.findIndex(({ table }) => table === from)
    for (const { table, column } of tables.slice(Math.max(0, start))) {
      const count = await deleteBatch(this.#db, table, `${column} = $1`, this.#batch, [userId])
      if (count >= this.#batch) return table
    }
    if (!keepsUser)
      await this.#db.transaction(
        transaction =>
          transaction.query('delete from users where id = $1 and deleted_at is not null', [userId]),
        beginByIndexes,
      )
    return undefined
  }

  /**
   * The tables whose rows are deleted with their user, except images. Those that other tables refer to are last.
   */
  #tablesOfUsers(): Promise<{ table: string; column: string }[]> {
    return this.#db.query(
      `select conrelid::regclass::text as table, format('%I', attname) as column
       from pg_constraint as key join pg_attribute on attrelid = conrelid and attnum = conkey[1]
       where contype = 'f' and confrelid = 'users'::regclass and confdeltype = 'c'
         and conrelid <> 'images'::regclass
       order by (select count(*) from pg_constraint where contype = 'f' and confrelid = key.conrelid), 1`,
    )
  }
}
