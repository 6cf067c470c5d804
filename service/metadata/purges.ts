import { onlyRow, type Queryable } from './database.ts'

/** An image whose purge has begun. */
export interface StartedPurge {
  id: string
  /** The value of the image's purge counter. */
  number: number
}

/** All images of a user, or those with a tag. */
export interface ImageSelection {
  userId: string
  tag?: string | undefined
}

/** Rows are locked in the order of their ids, as in `DerivativeRepository.record`, to avoid deadlocks. */
const held = `select id from images where user_id = $1 and id = any($2) and state = 'ready' order by id for update`

/**
 * Counts the purges of each image. Processes compare the counter whenever they read the image. It is
 * incremented before objects are deleted and again afterwards, so that nothing that was read in between stays
 * in a memory cache.
 */
export class PurgeRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Increments the counter of those images that belong to the user and are ready, and marks them until `end`
   * is called.
   */
  begin(userId: string, imageIds: readonly string[]): Promise<StartedPurge[]> {
    return this.#db.query<StartedPurge>(
      `update images set purges = purges + 1, purge_pending = purges + 1
       where id in (${held}) returning id, purges as number`,
      [userId, imageIds],
    )
  }

  /** Increments the counter again and removes the mark, except the mark of a later purge. */
  async end(userId: string, begun: readonly StartedPurge[]): Promise<void> {
    await this.#db.query(
      `with held as (${held})
       update images set purges = purges + 1, purge_pending = nullif(purge_pending, number)
       from held join unnest($2::text[], $3::int[]) as done (id, number) using (id) where images.id = held.id`,
      [userId, begun.map(({ id }) => id), begun.map(({ number }) => number)],
    )
  }

  /**
   * Increments the counter of those images that belong to the user and are ready, some of whose derivatives are deleted,
   * without a mark. Returns their ids.
   */
  async increment(userId: string, imageIds: readonly string[]): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      `update images set purges = purges + 1 where id in (${held}) returning id`,
      [userId, imageIds],
    )
    return rows.map(({ id }) => id)
  }

  /** At most `limit` images whose purge has not ended, in the order of their ids, starting after `after`. */
  listUnfinished(after: string, limit: number): Promise<{ id: string; userId: string }[]> {
    return this.#db.query(
      'select image_id as id, user_id as "userId" from pending_purges where image_id > $1 order by image_id limit $2',
      [after, limit],
    )
  }

  /** The number of images that a purge of this selection goes through. */
  async countImages({ userId, tag }: ImageSelection): Promise<number> {
    const rows = await this.#db.query<{ count: number }>(
      tag === undefined
        ? `select coalesce(sum(images), 0)::bigint as count from user_holdings where user_id = $1`
        : `select coalesce(sum(images), 0)::bigint as count from image_tag_counts where user_id = $1 and tag = $2`,
      tag === undefined ? [userId] : [userId, tag],
    )
    return onlyRow(rows).count
  }

  /** The number of derivatives that a purge of a preset goes through. */
  async countDerivatives(userId: string): Promise<number> {
    const rows = await this.#db.query<{ count: number }>(
      'select coalesce(sum(derivatives), 0)::bigint as count from user_holdings where user_id = $1',
      [userId],
    )
    return onlyRow(rows).count
  }

  /** At most `limit` ids of the selected ready images, in order, starting after `after`. */
  async listImageIds({ userId, tag }: ImageSelection, after: string, limit: number): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      `select id from images where user_id = $1 and state = 'ready' and id > $2
         and ($3::text is null or tags @> array[$3]) order by id limit $4`,
      [userId, after, tag ?? null, limit],
    )
    return rows.map(({ id }) => id)
  }
}
