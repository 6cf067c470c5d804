import type { Queryable } from './database.ts'

/** How many `list` returns at most. */
const sweepSize = 100

/** Users who were deleted, and of whom something is left. */
export class DeletedUserRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Their ids, the earliest first, at most 100. */
  async list(): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      `select id from users where deleted_at is not null order by deleted_at limit ${sweepSize}`,
    )
    return rows.map(({ id }) => id)
  }

  /** Deletes all images of a deleted user, uploads under way included. False for a user who was not deleted. */
  async deleteImages(userId: string): Promise<boolean> {
    const users = await this.#db.query('select id from users where id = $1 and deleted_at is not null', [
      userId,
    ])
    if (users.length === 0) return false
    await this.#db.query(
      `update images set state = 'deleted', deleted_at = coalesce(deleted_at, now())
       where user_id = $1 and state <> 'deleted'`,
      [userId],
    )
    return true
  }

  /** Forgets a deleted user, with all rows that are his. */
  async remove(userId: string): Promise<void> {
    await this.#db.query('delete from users where id = $1 and deleted_at is not null', [userId])
  }
}
