import { DarkroomError } from '../errors/catalogue.ts'
import type { Page } from './cursor.ts'
import { type CustomMetadata, metadataText } from './custom-metadata.ts'
import type { Queryable } from './database.ts'
import { randomId } from './ids.ts'
import {
  type Image,
  type ImageContent,
  type ImageLabels,
  type ImageRecord,
  type ImageValues,
  imageColumns,
  isRestorable,
  type NewImageLabels,
} from './image.ts'
import {
  findNeighbours,
  type ImageFilters,
  type ImageQuery,
  listImages,
  type Neighbours,
} from './image-list.ts'

/**
 * The images of all users. A row is inserted before its object is written (`beginUpload`) and outlives it
 * (`deletePermanently`, then `markPurged`), so that every object in the store has a row, even after a crash.
 */
export class ImageRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records an upload, with its SHA-256 in hex if known, and returns the id of the new image. The row of the
   * user is locked, so that the clean-up of a deleted user sees every upload.
   * @throws DarkroomError `unauthorized` when the user was deleted
   */
  async beginUpload(
    userId: string,
    labels: NewImageLabels,
    sha256?: string,
    id = randomId(16),
  ): Promise<string> {
    const rows = await this.#db.query(
      `insert into images (id, user_id, state, title, tags, sha256, file_name, alt, metadata)
       select $1, id, 'uploading', $3, $4, $5, $6, $7, $8 from users where id = $2 and deleted_at is null for share
       returning id`,
      [
        ...[id, userId, labels.title, labels.tags, sha256, labels.fileName],
        ...[labels.alt, metadataText(labels.metadata)],
      ],
    )
    if (rows.length === 0) throw new DarkroomError('unauthorized', 'the user was deleted')
    return id
  }

  /**
   * Makes an uploaded image visible. Call it when the original is durable. `labels` replace those of
   * `beginUpload`, for a form that sends them after the file.
   * @throws DarkroomError `conflict` when the upload was abandoned or completed before, `over-limit` for a full quota
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
    if (!image) throw new DarkroomError('conflict', 'the upload was completed or abandoned before')
    return image
  }

  /**
   * Ends an upload, so that it cannot be completed. The caller then deletes its object and calls `markPurged`. False
   * when it was completed, or abandoned and purged before. An upload that a takedown ended still has to be
   * purged.
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

  /** Whether the id has a row, in any state: only the deletion of its user removes it. */
  async hasRow(id: string): Promise<boolean> {
    return (await this.#db.query('select from images where id = $1', [id])).length > 0
  }

  /** The user's image, ready or deleted; undefined when no completed upload of the user has this id. */
  async find(userId: string, imageId: string): Promise<ImageRecord | undefined> {
    const [image] = await this.#db.query<ImageRecord>(
      `select ${imageColumns}, insight, ladder, purges, ingested_at as "ingestedAt" from images
       where user_id = $1 and id = $2 and (state = 'ready' or state = 'deleted' and format is not null)`,
      [userId, imageId],
    )
    return image
  }

  /** The custom metadata of the user's ready image, whose row is locked until the end of the transaction. */
  async lockMetadata(userId: string, imageId: string): Promise<CustomMetadata | undefined> {
    const [image] = await this.#db.query<{ metadata: CustomMetadata }>(
      `select coalesce(metadata, '{}') as metadata from images
       where user_id = $1 and id = $2 and state = 'ready' for no key update`,
      [userId, imageId],
    )
    return image?.metadata
  }

  /** Changes fields of the user's image; undefined when the user has no such ready image. */
  async update(userId: string, imageId: string, values: ImageValues): Promise<Image | undefined> {
    const { title, tags, focal, alt, metadata } = values
    const [image] = await this.#db.query<Image>(
      `update images set title = coalesce($3, title), tags = coalesce($4, tags),
         focal = case when $5 then $6::jsonb else focal end, alt = case when $7 then $8 else alt end,
         metadata = case when $9 then $10::jsonb else metadata end
       where user_id = $1 and id = $2 and state = 'ready' returning ${imageColumns}`,
      [
        ...[userId, imageId, title ?? null, tags ?? null],
        ...[focal !== undefined, focal ? JSON.stringify(focal) : null],
        ...[alt !== undefined, alt ?? null, metadata !== undefined, metadataText(metadata)],
      ],
    )
    return image
  }

  /**
   * One page of the user's ready or restorable images.
   * @throws DarkroomError `bad-request` for a cursor of another list
   */
  list(userId: string, query: ImageQuery): Promise<Page<Image>> {
    return listImages(this.#db, userId, query)
  }

  /** The images before and after an image in the list that a query selects. */
  findNeighbours(userId: string, image: Image, filters: ImageFilters): Promise<Neighbours> {
    return findNeighbours(this.#db, userId, image, filters)
  }

  /**
   * Deletes the user's image permanently, even a restorable one. The caller then deletes its objects and calls
   * `markPurged`. Undefined when the user has no such image. This is final: the image cannot be
   * restored.
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
   * Deletes the user's image, but keeps its original for `keepMs` milliseconds. The caller then deletes all other
   * objects and calls `markCleared`. Undefined when the user has no such ready image.
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
   * Restores a deleted image, which has to be ingested again. Undefined when the user has no such restorable
   * image; an image whose content was taken down cannot be restored.
   */
  async restore(userId: string, imageId: string): Promise<Image | undefined> {
    const [image] = await this.#db.query<Image>(
      `update images set state = 'ready', deleted_at = null, keep_until = null, cleared_at = null, ladder = null,
         ingested_at = null, ingest_failed_at = null, purges = purges + 1
       where user_id = $1 and id = $2 and ${isRestorable}
         and not exists (select from takedowns where takedowns.sha256 = images.sha256)
       returning ${imageColumns}`,
      [userId, imageId],
    )
    return image
  }
}
