import { DarkroomError } from '../errors/catalogue.ts'
import type { Queryable } from './database.ts'
import { randomId } from './ids.ts'
import { type FocalPoint, type Image, type ImageContent, imageColumns } from './image.ts'

/** A file in the store that is not the current original of its image. */
export interface OriginalFile {
  id: string
  userId: string
  imageId: string
  /** As in its object key; null for the file that was uploaded with the image. */
  version: string | null
  extension: string
  /** Null in the row of an older version of the service, which did not store the number. */
  pages: number | null
}

/** A file that becomes the original of an image. */
export interface NewOriginal {
  readonly content: ImageContent
  readonly fileName: string | null
  /** Absent to keep the focal point, null to remove it. */
  readonly focal?: FocalPoint | null | undefined
}

/** The number of files that `listObsolete` returns at most. */
const maxListed = 500

const columns = 'id, user_id as "userId", image_id as "imageId", version, extension, pages'

/**
 * The files of originals beside the current ones. A row is inserted before its file is written, and outlives it, so that
 * every original in the store has a row, even after a crash.
 */
export class OriginalFileRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records a file that is about to be written, and returns its version. Undefined when the user has no such ready
   * image.
   */
  async begin(
    userId: string,
    imageId: string,
    { extension, sha256 }: Pick<ImageContent, 'extension' | 'sha256'>,
  ): Promise<string | undefined> {
    const [row] = await this.#db.query<{ version: string }>(
      `insert into original_files (id, user_id, image_id, version, extension, sha256, pages, state)
       select $3, user_id, id, $3, $4, $5, 1, 'writing' from images
       where user_id = $1 and id = $2 and state = 'ready' for key share returning version`,
      [userId, imageId, randomId(16), extension, sha256],
    )
    return row?.version
  }

  /**
   * Makes a written file the original of its image, in the transaction of this repository. The earlier original becomes
   * obsolete, and everything that was made from it is forgotten: its analysis, its ladder, the rows of its derivatives,
   * and its failures. The image counts as purged from this moment; the purge itself is pending.
   * @throws DarkroomError `not-found` when the image was deleted, `conflict` when the file was given up, `over-limit`
   */
  async complete(userId: string, imageId: string, version: string, original: NewOriginal): Promise<Image> {
    // locked first: a derivative that is being recorded is either seen below, or sees the new version
    const held = await this.#db.query(
      `select id from images where user_id = $1 and id = $2 and state = 'ready' for update`,
      [userId, imageId],
    )
    if (held.length === 0) throw new DarkroomError('not-found', 'there is no such image')
    const written = await this.#db.query(
      `delete from original_files where id = $3 and user_id = $1 and image_id = $2 and state = 'writing' returning id`,
      [userId, imageId, version],
    )
    if (written.length === 0) throw new DarkroomError('conflict', 'the replacement was given up before')
    await this.#db.query(
      `insert into original_files (id, user_id, image_id, version, extension, pages, ladder_until, state)
       select $3, user_id, id, original_version, extension, pages, ladder_until, 'obsolete' from images where user_id = $1 and id = $2`,
      [userId, imageId, randomId(16)],
    )
    // the names are kept until the purge has deleted the objects
    await this.#db.query(
      `with gone as (
         delete from derivatives where user_id = $1 and image_id = $2 returning user_id, image_id, file_name, version)
       insert into stray_derivatives (user_id, image_id, file_name, version, until)
       select user_id, image_id, file_name, version, now() from gone`,
      [userId, imageId],
    )
    await this.#db.query(
      `delete from failed_jobs where user_id = $1 and image_id = $2 and state in ('failed', 'parked')`,
      [userId, imageId],
    )
    return this.#replace(userId, imageId, version, original)
  }

  async #replace(userId: string, imageId: string, version: string, original: NewOriginal): Promise<Image> {
    const { content, fileName, focal } = original
    const { extension, format, width, height, pages, bytes, sha256, facts } = content
    const [image] = await this.#db.query<Image>(
      `update images set original_version = $3, extension = $4, format = $5, width = $6, height = $7, pages = $8,
         bytes = $9, sha256 = $10, facts = $11, file_name = $12,
         focal = case when $13 then $14::jsonb else focal end, insight = null, ladder = null, ingested_at = null,
         ingest_failed_at = null, purges = purges + 1, purge_pending = purges + 1
       where user_id = $1 and id = $2 and state = 'ready' returning ${imageColumns}`,
      [
        ...[userId, imageId, version, extension, format, width, height, pages, bytes, sha256],
        ...[JSON.stringify(facts), fileName, focal !== undefined, focal ? JSON.stringify(focal) : null],
      ],
    )
    if (image === undefined) throw new DarkroomError('not-found', 'there is no such image')
    return image
  }

  /** Gives a file up. False when it has become the original. The caller then deletes the file and calls `remove`. */
  async abandon(version: string): Promise<boolean> {
    const rows = await this.#db.query(
      `update original_files set state = 'obsolete' where id = $1 and version = $1 returning id`,
      [version],
    )
    return rows.length > 0
  }

  /** Gives up the files that have not become originals since `olderThan`. */
  async abandonOld(olderThan: Date): Promise<void> {
    await this.#db.query(
      `update original_files set state = 'obsolete' where state = 'writing' and created_at < $1`,
      [olderThan],
    )
  }

  /** Files to be deleted, at most 500: of one image, or of all images the oldest first. */
  listObsolete(image?: { readonly userId: string; readonly imageId: string }): Promise<OriginalFile[]> {
    return this.#db.query<OriginalFile>(
      `select ${columns} from original_files
       where state = 'obsolete' and ($1::text is null or user_id = $1 and image_id = $2::text)
       order by created_at limit ${maxListed}`,
      [image?.userId ?? null, image?.imageId ?? null],
    )
  }

  /**
   * Deletes the row of a file that is gone. Without effect while a process may still write pages or rungs of it: the
   * next sweep deletes them.
   */
  async remove(id: string): Promise<void> {
    await this.#db.query(
      `delete from original_files
       where id = $1 and state = 'obsolete' and (ladder_until is null or ladder_until < now())`,
      [id],
    )
  }
}
