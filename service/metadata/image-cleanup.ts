import type { Queryable } from './database.ts'
import { isRestorable } from './image.ts'

/** An image whose objects may still lie in the store though they should not. */
export interface UnfinishedImage {
  id: string
  userId: string
  state: 'uploading' | 'deleted'
  /** Null when the upload never got as far as to know it. */
  extension: string | null
  /** Whether its original stays for now, so that it can be restored. */
  kept: boolean
}

/** How many rows one call of `unfinished` returns at most. */
const sweepSize = 500

/** What is left of images that were deleted, or never came in whole. */
export class ImageCleanupRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * What a crash left to clean up, oldest first, at most 500: uploads begun before `olderThan` and still not
   * complete (`abandon` those first), deleted images whose objects were not purged, and kept ones of which more is
   * left than the original.
   */
  listUnfinished(olderThan: Date): Promise<UnfinishedImage[]> {
    return this.#db.query<UnfinishedImage>(
      `(select id, user_id as "userId", state, extension, false as kept from images
        where state = 'uploading' and created_at < $1 order by created_at limit $2)
       union all
       (select id, user_id, state, extension, coalesce(keep_until > now(), false) from images
        where state = 'deleted' and purged_at is null and (ladder_until is null or ladder_until < now())
          and (keep_until is null or keep_until <= now() or cleared_at is null)
        order by deleted_at limit $2)
       limit $2`,
      [olderThan, sweepSize],
    )
  }

  /**
   * Notes that no object of a deleted image is left. The row stays, as ids are never used again. Without effect while
   * rungs may still come in: the next sweep purges again.
   */
  async markPurged(id: string): Promise<void> {
    await this.#db.query(
      `update images set purged_at = now() where id = $1 and state = 'deleted' and purged_at is null
         and (keep_until is null or keep_until <= now()) and (ladder_until is null or ladder_until < now())`,
      [id],
    )
  }

  /** Notes that nothing but the original of a kept image is left, with the same exception. */
  async markCleared(id: string): Promise<void> {
    await this.#db.query(
      `update images set cleared_at = now() where id = $1 and ${isRestorable}
         and (ladder_until is null or ladder_until < now())`,
      [id],
    )
  }
}
