import { onlyRow, type Queryable } from './database.ts'
import type { ImageVersion } from './image.ts'

/** The number of images that `listNotIngested` returns at most. */
const maxListed = 2_000

/** The condition for a ready image that still has the original that the caller has read. */
const isCurrent = `user_id = $1 and id = $2 and state = 'ready' and original_version is not distinct from $3`

const inMs = (parameter: string) => `now() + ${parameter} * interval '1 millisecond'`

/**
 * What is made from an original once. Nothing is saved when the image is no longer ready, or its original was replaced
 * meanwhile.
 */
export class IngestResultRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Saves the engine's analysis of the image's pixels. If its ladder is built next, the same update records that rungs will
   * be written within `ladderMs` milliseconds, as `beginLadder` does.
   */
  async saveInsight(image: ImageVersion, insight: unknown, ladderMs?: number): Promise<void> {
    const text = JSON.stringify(insight)
    if (ladderMs === undefined) await this.#update(image, 'insight = $4', text)
    else
      await this.#update(
        image,
        `insight = $4, ladder_until = greatest(ladder_until, ${inMs('$5')})`,
        text,
        ladderMs,
      )
  }

  /**
   * Records that pages or ladder rungs will be written within `withinMs` milliseconds, unless that is known. Until then, a
   * deleted image does not count as purged. False for an image that is not ready or has another original.
   */
  async beginLadder({ userId, imageId, version }: ImageVersion, withinMs: number): Promise<boolean> {
    const rows = await this.#db.query<{ isBegun: boolean }>(
      `with begun as (
         update images set ladder_until = ${inMs('$4')}
         where ${isCurrent} and (ladder_until is null or ladder_until < ${inMs('$4')}) returning id)
       select exists (select from begun)
         or exists (select from images where ${isCurrent} and ladder_until >= ${inMs('$4')}) as "isBegun"`,
      [userId, imageId, version, withinMs],
    )
    return onlyRow(rows).isBegun
  }

  /** Saves which ladder rungs are in the store; null when renders must not use any. False when nothing was saved. */
  saveLadder(image: ImageVersion, ladder: unknown): Promise<boolean> {
    return this.#update(image, 'ladder = $4', ladder === null ? null : JSON.stringify(ladder))
  }

  /** Records that the ingestion of an image is completed. False when its original was replaced, or it was deleted. */
  markIngested(image: ImageVersion): Promise<boolean> {
    return this.#update(image, 'ingested_at = coalesce(ingested_at, now()), ingest_failed_at = null')
  }

  /** Records that the ingestion of an image was given up. It is not pending any more, but can be repeated. */
  async markIngestFailed(image: ImageVersion): Promise<void> {
    await this.#update(image, 'ingest_failed_at = now()')
  }

  /**
   * At most 2,000 ready images that were uploaded before `olderThan` and whose ingestion is pending, oldest
   * first.
   */
  listNotIngested(olderThan: Date): Promise<{ userId: string; imageId: string }[]> {
    return this.#db.query(
      `select user_id as "userId", image_id as "imageId" from pending_ingests
       where created_at < $1 order by created_at limit $2`,
      [olderThan, maxListed],
    )
  }

  /** The number of images whose ingestion is pending, of all users. */
  async countNotIngested(): Promise<number> {
    const [row] = await this.#db.query<{ count: number }>(
      'select count(*)::int as count from pending_ingests',
    )
    return row?.count ?? 0
  }

  async #update(
    { userId, imageId, version }: ImageVersion,
    assignments: string,
    ...values: unknown[]
  ): Promise<boolean> {
    const rows = await this.#db.query(`update images set ${assignments} where ${isCurrent} returning id`, [
      ...[userId, imageId, version],
      ...values,
    ])
    return rows.length > 0
  }
}
