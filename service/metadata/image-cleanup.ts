import { onlyRow, type Queryable } from './database.ts'
import { isRestorable } from './image.ts'

/** An image that may have objects in the store which must be deleted. */
export interface UnfinishedImage {
  id: string
  userId: string
  state: 'uploading' | 'deleted'
  /** Null when the upload ended before the format was known. */
  extension: string | null
  /** Whether the image can still be restored, so that its original must stay. */
  kept: boolean
  /** When it was created or deleted. */
  since: Date
}

/** What the keys of an original, of its pages and of its rungs are made of. */
export interface OriginalName {
  version: string | null
  extension: string
  /** Null when the number is not known. */
  pages: number | null
}

/** An image, and whether it needs a clean-up. */
interface CleanupCandidate extends UnfinishedImage {
  isDue: boolean
}

/** Where a page of unfinished images starts: after the image `id`, which was created or deleted at `at`. */
export interface CleanupPosition {
  readonly state: 'uploading' | 'deleted'
  /** Unix milliseconds. */
  readonly at: number
  readonly id: string
}

/** How many images a page of `clearPurged` reads. */
const clearedPage = 2_000

/** Where the page after this image starts. */
export const positionAfter = ({ state, since, id }: UnfinishedImage): CleanupPosition => ({
  state,
  at: since.getTime(),
  id,
})

const listStatements: Readonly<Record<CleanupPosition['state'], string>> = {
  uploading: `select id, user_id as "userId", state, extension, false as kept, created_at as since, true as "isDue"
    from images where state = 'uploading' and (created_at, id) > ($1, $2) and created_at < $4
    order by created_at, id limit $3`,
  deleted: `select id, user_id as "userId", state, extension, coalesce(keep_until > now(), false) as kept,
      deleted_at as since, (ladder_until is null or ladder_until < now())
        and (keep_until is null or keep_until <= now() or cleared_at is null)
        and not exists (select from users where users.id = user_id and users.deleted_at is not null) as "isDue"
    from images where state = 'deleted' and purged_at is null and (deleted_at, id) > ($1, $2)
    order by deleted_at, id limit $3`,
}

/** Deleted images and unfinished uploads that may still have objects in the store. */
export class ImageCleanupRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * A page of images to clean up, oldest first: uploads begun before `olderThan` and not completed (call
   * `abandonUpload` first), then deleted images whose objects are not purged, and restorable images that have more
   * objects than the original. It looks at `limit` rows, some of which may need no clean-up yet, so that the statement
   * takes the same time however many images are restorable. The deletion of a user removes that user's images. `next` is where the next page starts.
   */
  async listUnfinished(
    { state, at, id }: CleanupPosition,
    olderThan: Date,
    limit: number,
  ): Promise<{ images: UnfinishedImage[]; next: CleanupPosition | undefined }> {
    const rows = await this.#db.query<CleanupCandidate>(listStatements[state], [
      new Date(at),
      id,
      limit,
      ...(state === 'uploading' ? [olderThan] : []),
    ])
    const images = rows.filter(({ isDue }) => isDue)
    const last = rows.at(-1)
    if (last && rows.length === limit) return { images, next: positionAfter(last) }
    return { images, next: state === 'uploading' ? { state: 'deleted', at: 0, id: '' } : undefined }
  }

  /**
   * The names of an image's original and of the files beside it: earlier originals that are not deleted yet, and
   * replacements under way. An upload that was never completed has none.
   */
  listOriginals(userId: string, imageId: string): Promise<(OriginalName & { current: boolean })[]> {
    return this.#db.query(
      `select original_version as version, extension, pages, true as current from images
       where user_id = $1 and id = $2 and extension is not null
       union all
       select version, extension, pages, false from original_files where user_id = $1 and image_id = $2`,
      [userId, imageId],
    )
  }

  /**
   * Records that a deleted image has no objects left. The row stays, because ids are never reused, but keeps nothing that is
   * known of the pixels. Without
   * effect while a job may still write ladder rungs: the next sweep purges again.
   */
  async markPurged(id: string): Promise<void> {
    await this.#db.query(
      `update images set purged_at = now(), facts = null, insight = null, ladder = null where id = $1 and state = 'deleted' and purged_at is null
         and (keep_until is null or keep_until <= now()) and (ladder_until is null or ladder_until < now())`,
      [id],
    )
  }

  /**
   * Clears what earlier versions kept of the pixels of purged images, in a page of all images after `after`. Returns how many
   * there were, and where the next page starts; null after the last.
   */
  async clearPurged(after: string): Promise<{ count: number; last: string | null }> {
    const rows = await this.#db.query<{ count: number; last: string | null }>(
      `with page as materialized (
         select id, purged_at is not null and (facts is not null or insight is not null or ladder is not null) as is_kept
         from images where id > $1 order by id limit ${clearedPage}),
       cleared as (
         update images set facts = null, insight = null, ladder = null
         where id = any(array(select id from page where is_kept)) returning id)
       select (select count(*) from cleared) as count, (select id from page order by id offset ${clearedPage - 1}) as last`,
      [after],
    )
    return onlyRow(rows)
  }

  /** Records that a restorable image has no object but its original, with the same exception. */
  async markCleared(id: string): Promise<void> {
    await this.#db.query(
      `update images set cleared_at = now() where id = $1 and ${isRestorable}
         and (ladder_until is null or ladder_until < now())`,
      [id],
    )
  }
}
