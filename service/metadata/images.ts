import { DarkroomError } from '../errors/catalogue.ts'
import type { Page } from './cursor.ts'
import type { Queryable } from './database.ts'
import { randomId } from './ids.ts'
import {
  type Image,
  type ImageChanges,
  type ImageContent,
  type ImageLabels,
  type ImageRecord,
  imageColumns,
  isRestorable,
  type NewImageLabels,
} from './image.ts'
import { type ImageQuery, listImages } from './image-list.ts'

/** How many rows one call of `notIngested` returns at most. */
const sweepSize = 500

/**
 * The images of all users. A row is made before its object is written (`begin`) and outlives it (`remove`, then
 * `purged`), so that after a crash no object lies in the store that no row speaks of.
 */
export class ImageRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records the intent to upload a content (by its SHA-256 in hex, if known), and returns the new image's id, which may
   * have been made before. Throws `unauthorized` when the user was deleted: his row is held, so that who clears it away
   * sees every upload.
   */
  async beginUpload(
    userId: string,
    labels: NewImageLabels,
    sha256?: string,
    id = randomId(16),
  ): Promise<string> {
    const rows = await this.#db.query(
      `insert into images (id, user_id, state, title, tags, sha256, file_name)
       select $1, id, 'uploading', $3, $4, $5, $6 from users where id = $2 and deleted_at is null for share
       returning id`,
      [id, userId, labels.title, labels.tags, sha256 ?? null, labels.fileName ?? null],
    )
    if (rows.length === 0) throw new DarkroomError('unauthorized', 'the user was deleted')
    return id
  }

  /**
   * Makes an uploaded image visible. Call it when the original is durable. `labels` replace those of `begin`, for
   * a form that sends them after the file. Throws `conflict` when the upload was abandoned or completed before.
   */
  async completeUpload(id: string, content: ImageContent, labels: Partial<ImageLabels> = {}): Promise<Image> {
    const [image] = await this.#db.query<Image>(
      `update images set state = 'ready', extension = $2, format = $3, width = $4, height = $5, pages = $6,
         bytes = $7, sha256 = $8, facts = $9, title = coalesce($10, title), tags = coalesce($11, tags)
       where id = $1 and state = 'uploading' returning ${imageColumns}`,
      [
        id,
        content.extension,
        content.format,
        content.width,
        content.height,
        content.pages,
        content.bytes,
        content.sha256,
        JSON.stringify(content.facts),
        labels.title ?? null,
        labels.tags ?? null,
      ],
    )
    if (!image) throw new DarkroomError('conflict', 'the upload is over')
    return image
  }

  /**
   * Gives an upload up: it can no longer be completed. Then delete its object and call `purged`. False when it was
   * completed, or given up and purged before; one that a takedown has ended is still to be purged.
   */
  async abandonUpload(id: string): Promise<boolean> {
    const rows = await this.#db.query(
      `update images set state = 'deleted', deleted_at = coalesce(deleted_at, now())
       where id = $1 and (state = 'uploading' or state = 'deleted' and format is null and purged_at is null)
       returning id`,
      [id],
    )
    return rows.length > 0
  }

  /** The user's image, be it ready or deleted; undefined when he has or had none of this id. */
  async find(userId: string, imageId: string): Promise<ImageRecord | undefined> {
    const [image] = await this.#db.query<ImageRecord>(
      `select ${imageColumns}, insight, ladder, purges, ingested_at as "ingestedAt" from images
       where user_id = $1 and id = $2 and (state = 'ready' or state = 'deleted' and format is not null)`,
      [userId, imageId],
    )
    return image
  }

  /** Changes what is said about the user's image; undefined when he has no such ready image. */
  async update(userId: string, imageId: string, changes: ImageChanges): Promise<Image | undefined> {
    const { title, tags, focal } = changes
    const [image] = await this.#db.query<Image>(
      `update images set title = coalesce($3, title), tags = coalesce($4, tags),
         focal = case when $5 then $6::jsonb else focal end
       where user_id = $1 and id = $2 and state = 'ready' returning ${imageColumns}`,
      [
        userId,
        imageId,
        title ?? null,
        tags ?? null,
        focal !== undefined,
        focal ? JSON.stringify(focal) : null,
      ],
    )
    return image
  }

  /** Keeps what was seen in the image's pixels. Without effect when the image is not there any more. */
  async saveInsight(userId: string, imageId: string, insight: unknown): Promise<void> {
    await this.#db.query(
      `update images set insight = $3 where user_id = $1 and id = $2 and state = 'ready'`,
      [userId, imageId, JSON.stringify(insight)],
    )
  }

  /**
   * Records the intent to put rungs into the store within so many milliseconds: until then an image that is deleted
   * does not count as purged. False when there is no such ready image.
   */
  async beginLadder(userId: string, imageId: string, withinMs: number): Promise<boolean> {
    const rows = await this.#db.query(
      `update images set ladder_until = now() + $3 * interval '1 millisecond'
       where user_id = $1 and id = $2 and state = 'ready' returning id`,
      [userId, imageId, withinMs],
    )
    return rows.length > 0
  }

  /** Says which rungs are in the store; null: none that developments may count on. False when the image is deleted. */
  async saveLadder(userId: string, imageId: string, ladder: unknown): Promise<boolean> {
    const rows = await this.#db.query(
      `update images set ladder = $3 where user_id = $1 and id = $2 and state = 'ready' returning id`,
      [userId, imageId, ladder === null ? null : JSON.stringify(ladder)],
    )
    return rows.length > 0
  }

  /** Notes that all is done that is made of an image behind its upload, or that it was given up. */
  async markIngested(userId: string, imageId: string): Promise<void> {
    await this.#db.query(
      `update images set ingested_at = coalesce(ingested_at, now())
       where user_id = $1 and id = $2 and state = 'ready'`,
      [userId, imageId],
    )
  }

  /** Ready images that came in before `olderThan` and of which that is still to be done, oldest first, at most 500. */
  listNotIngested(olderThan: Date): Promise<{ userId: string; imageId: string }[]> {
    return this.#db.query(
      `select user_id as "userId", id as "imageId" from images
       where state = 'ready' and ingested_at is null and created_at < $1 order by created_at limit $2`,
      [olderThan, sweepSize],
    )
  }

  /** One page of the user's ready or restorable images. Throws `bad-request` for a cursor that is not of this list. */
  list(userId: string, query: ImageQuery): Promise<Page<Image>> {
    return listImages(this.#db, userId, query)
  }

  /**
   * Deletes the user's image for good, one that was kept, too; its objects follow, then `purged`. Undefined when he has
   * no such image. What was begun here never ends: such an image does not come back.
   */
  async deletePermanently(userId: string, imageId: string): Promise<Image | undefined> {
    const [image] = await this.#db.query<Image>(
      `update images set state = 'deleted', deleted_at = coalesce(deleted_at, now()), keep_until = null
       where user_id = $1 and id = $2 and (state = 'ready' or ${isRestorable}) returning ${imageColumns}`,
      [userId, imageId],
    )
    return image
  }

  /**
   * Deletes the user's image, and keeps its original for so many milliseconds; all else follows, then `cleared`.
   * Undefined when he has no such ready image.
   */
  async softDelete(userId: string, imageId: string, keepMs: number): Promise<Image | undefined> {
    const [image] = await this.#db.query<Image>(
      `update images set state = 'deleted', deleted_at = now(), cleared_at = null,
         keep_until = now() + $3 * interval '1 millisecond'
       where user_id = $1 and id = $2 and state = 'ready' returning ${imageColumns}`,
      [userId, imageId, keepMs],
    )
    return image
  }

  /**
   * Takes the deletion of a kept image back; what is made behind uploads is to be made again. Undefined when the user
   * has no image that can be restored: a content that was taken down is none.
   */
  async restore(userId: string, imageId: string): Promise<Image | undefined> {
    const [image] = await this.#db.query<Image>(
      `update images set state = 'ready', deleted_at = null, keep_until = null, cleared_at = null, ladder = null,
         ingested_at = null, purges = purges + 1
       where user_id = $1 and id = $2 and ${isRestorable}
         and not exists (select from takedowns where takedowns.sha256 = images.sha256)
       returning ${imageColumns}`,
      [userId, imageId],
    )
    return image
  }
}
