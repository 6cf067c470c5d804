import type { Queryable } from './database.ts'

/** The largest number of users that `list` returns. */
const maxListed = 100
/** The number of images that one statement marks as deleted, so that it ends in time. */
const batchSize = 5_000

/** Deleted users whose data is not completely removed yet. */
export class DeletedUserRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
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
    const users = await this.#db.query('select id from users where id = $1 and deleted_at is not null', [
      userId,
    ])
    if (users.length === 0) return false
    for (;;) {
      const marked = await this.#db.query(
        `update images set state = 'deleted', deleted_at = coalesce(deleted_at, now()) where id in (
           select id from images where user_id = $1 and state <> 'deleted' order by id limit ${batchSize})
         returning id`,
        [userId],
      )
      if (marked.length < batchSize) return true
    }
  }

  /** Deletes the row of a deleted user, and with it all rows that belong to the user. */
  async remove(userId: string): Promise<void> {
    await this.#db.query('delete from users where id = $1 and deleted_at is not null', [userId])
  }
}
