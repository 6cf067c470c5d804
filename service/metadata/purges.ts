import type { Queryable } from './database.ts'

/** An image whose purge has begun. */
export interface StartedPurge {
  id: string
  /** Which purge of the image it is. */
  number: number
}

/** Which of a user's images: all, or those with a tag. */
export interface ImageSelection {
  userId: string
  tag?: string | undefined
}

/** How many rows one call of `unfinished` returns at most. */
const sweepSize = 500

/** Rows are locked in the order of their ids, as `Derivatives.record` does, so that nobody waits in a circle. */
const held = `select id from images where user_id = $1 and id = any($2) and state = 'ready' order by id for update`

/**
 * How often derivatives of an image were taken away. Processes see the number whenever they look the image up; it counts
 * before objects are deleted and after it, so that nothing that was read meanwhile stays in a memory.
 */
export class PurgeRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Counts those of the images that are the user's and ready, and marks them until `end`. */
  begin(userId: string, imageIds: readonly string[]): Promise<StartedPurge[]> {
    return this.#db.query<StartedPurge>(
      `update images set purges = purges + 1, purge_pending = purges + 1
       where id in (${held}) returning id, purges as number`,
      [userId, imageIds],
    )
  }

  /** Counts them once more; the mark of a later purge stays. */
  async end(userId: string, begun: readonly StartedPurge[]): Promise<void> {
    await this.#db.query(
      `with held as (${held})
       update images set purges = purges + 1, purge_pending = nullif(purge_pending, number)
       from held join unnest($2::text[], $3::int[]) as done (id, number) using (id) where images.id = held.id`,
      [userId, begun.map(({ id }) => id), begun.map(({ number }) => number)],
    )
  }

  /** Counts images some of whose derivatives are taken away. */
  async increment(userId: string, imageIds: readonly string[]): Promise<void> {
    await this.#db.query(`update images set purges = purges + 1 where id in (${held})`, [userId, imageIds])
  }

  /** Images whose purge has not ended, at most 500. */
  listUnfinished(): Promise<{ id: string; userId: string }[]> {
    return this.#db.query(
      `select id, user_id as "userId" from images where purge_pending is not null and state = 'ready'
       order by id limit ${sweepSize}`,
    )
  }

  /** A page of a set of ready images: the first so many ids after this one. */
  async listImageIds({ userId, tag }: ImageSelection, after: string, limit: number): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      `select id from images where user_id = $1 and state = 'ready' and id > $2
         and ($3::text is null or tags @> array[$3]) order by id limit $4`,
      [userId, after, tag ?? null, limit],
    )
    return rows.map(({ id }) => id)
  }
}
