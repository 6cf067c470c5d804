import { onlyRow, type Queryable } from './database.ts'
import type { DerivativeName } from './derivatives.ts'

/** The largest number of users that `list` returns. */
const maxListed = 100
/** The number of rows that one statement reads, marks or deletes, so that it ends in time. */
const defaultBatch = 5_000

/** Deleted users whose data is not completely removed yet. */
export class DeletedUserRepository {
  readonly #db: Queryable
  readonly #batch: number

  constructor(db: Queryable, batch = defaultBatch) {
    this.#db = db
    this.#batch = batch
  }

  /** The ids of at most 100 deleted users, the earliest deletion first. */
  async list(): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      `select id from users where deleted_at is not null order by deleted_at limit ${maxListed}`,
    )
    return rows.map(({ id }) => id)
  }

  /**
   * Marks all images of a deleted user as deleted, including unfinished uploads. False when the user is not deleted.
   */
  async deleteImages(userId: string): Promise<boolean> {
    if (!(await this.#isDeleted(userId))) return false
    await this.#forImages(
      userId,
      `update images set state = 'deleted', deleted_at = coalesce(deleted_at, now())
       where id in (select id from page) and state <> 'deleted'`,
    )
    return true
  }

  /**
   * Deletes the row of a deleted user, and with it all rows that belong to the user. Derivatives and images, of which there
   * may be millions, go before it, each batch in a statement of its own.
   */
  async remove(userId: string): Promise<void> {
    if (!(await this.#isDeleted(userId))) return
    await this.#deleteDerivatives(userId)
    await this.#forImages(userId, 'delete from images where id in (select id from page)')
    await this.#db.query('delete from users where id = $1 and deleted_at is not null', [userId])
  }

  async #isDeleted(userId: string): Promise<boolean> {
    const users = await this.#db.query('select id from users where id = $1 and deleted_at is not null', [
      userId,
    ])
    return users.length > 0
  }

  /** Runs a statement for each `page` of the user's images, in the order of their ids. */
  async #forImages(userId: string, statement: string): Promise<void> {
    let after: string | null = ''
    while (after !== null) {
      const rows: { last: string | null }[] = await this.#db.query(
        `with page as materialized (
           select id from images where user_id = $1 and id > $2 order by id limit ${this.#batch}),
         changed as (${statement})
         select max(id) as last from page`,
        [userId, after],
      )
      after = onlyRow(rows).last
    }
  }

  async #deleteDerivatives(userId: string): Promise<void> {
    let after: DerivativeName | undefined = { imageId: '', fileName: '' }
    while (after !== undefined) {
      const rows: DerivativeName[] = await this.#db.query(
        `with page as materialized (
           select image_id, file_name from derivatives where user_id = $1 and (image_id, file_name) > ($2, $3)
           order by image_id, file_name limit ${this.#batch}),
         gone as (
           delete from derivatives using page where derivatives.user_id = $1
             and derivatives.image_id = page.image_id and derivatives.file_name = page.file_name)
         select image_id as "imageId", file_name as "fileName" from page
         order by image_id desc, file_name desc limit 1`,
        [userId, after.imageId, after.fileName],
      )
      after = rows[0]
    }
  }
}
