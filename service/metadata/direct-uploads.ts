import { DarkroomError } from '../errors/catalogue.ts'
import { metadataText } from './custom-metadata.ts'
import { onlyRow, type Queryable } from './database.ts'
import { randomId } from './ids.ts'
import type { ImageDescription, ImageLabels } from './image.ts'

/** The description of a file that a user will upload directly to the store. */
export interface NewDirectUpload extends ImageLabels, ImageDescription {
  bytes: number
  /** In hex. */
  sha256: string
  fileName: string | null
}

/** An upload that is pending, completed or expired. */
export interface DirectUpload extends NewDirectUpload {
  id: string
  userId: string
  /** The image that the latest claim creates or has created; null before the first claim. */
  imageId: string | null
  createdAt: Date
  /** Whether the upload can no longer be completed. */
  isExpired: boolean
}

const columns = `id, user_id as "userId", bytes, sha256, title, tags, alt,
  coalesce(metadata, '{}') as metadata, file_name as "fileName",
  image_id as "imageId", created_at as "createdAt", expires_at <= now() as "isExpired"`
const isUnclaimed = '(claimed_until is null or claimed_until <= now())'

/**
 * Uploads that bypass the service. A row outlives its object, so that every object in the store has a row.
 */
export class DirectUploadRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Locks the user's row until the end of the transaction, so that no other upload of this user begins, and
   * returns the number of pending uploads.
   * @throws DarkroomError `unauthorized` when the user was deleted
   */
  async lockAndCountPending(userId: string): Promise<number> {
    const users = await this.#db.query(
      'select id from users where id = $1 and deleted_at is null for no key update',
      [userId],
    )
    if (users.length === 0) throw new DarkroomError('unauthorized', 'the user was deleted')
    const rows = await this.#db.query<{ count: number }>(
      `select count(*) as count from direct_uploads
       where user_id = $1 and done_at is null and expires_at > now()`,
      [userId],
    )
    return onlyRow(rows).count
  }

  /**
   * Records an upload that expires in `withinMs` milliseconds.
   * @throws DarkroomError `over-limit` when the user's quota has no room for it, with all pending uploads
   */
  async create(id: string, userId: string, upload: NewDirectUpload, withinMs: number): Promise<void> {
    const { bytes, sha256, title, tags, fileName, alt, metadata } = upload
    await this.#db.query(
      `insert into direct_uploads (id, user_id, bytes, sha256, title, tags, file_name, alt, metadata, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10 * interval '1 millisecond')`,
      [id, userId, bytes, sha256, title, tags, fileName, alt, metadataText(metadata), withinMs],
    )
  }

  /**
   * The user's upload, completed and expired ones included; undefined when the user has none with this id.
   */
  async find(userId: string, id: string): Promise<DirectUpload | undefined> {
    const [row] = await this.#db.query<DirectUpload>(
      `select ${columns} from direct_uploads where user_id = $1 and id = $2`,
      [userId, id],
    )
    return row
  }

  /** A pending upload of any active user; undefined when there is none with this id. */
  async findPending(id: string): Promise<DirectUpload | undefined> {
    const [row] = await this.#db.query<DirectUpload>(
      `select ${columns} from direct_uploads where id = $1 and done_at is null and expires_at > now()
         and exists (select from users where id = user_id and deleted_at is null and not disabled)`,
      [id],
    )
    return row
  }

  /**
   * Claims an upload for completion, for `ms` milliseconds, and returns the id of the image to create.
   * Undefined when it is claimed already, was claimed since this row was read, or has expired.
   */
  async claim(
    { id, imageId }: Pick<DirectUpload, 'id' | 'imageId'>,
    ms: number,
  ): Promise<string | undefined> {
    const [row] = await this.#db.query<{ imageId: string }>(
      `update direct_uploads set image_id = $2, claimed_until = now() + $3 * interval '1 millisecond'
       where id = $1 and done_at is null and expires_at > now() and ${isUnclaimed}
         and image_id is not distinct from $4 returning image_id as "imageId"`,
      [id, randomId(16), ms, imageId],
    )
    return row?.imageId
  }

  /** Releases a claim, so that the upload can be completed by another request. */
  async release(id: string): Promise<void> {
    await this.#db.query('update direct_uploads set claimed_until = null where id = $1', [id])
  }

  /** Marks an upload as completed, with its image. */
  async complete(id: string, imageId: string): Promise<void> {
    await this.#db.query(
      `update direct_uploads set done_at = coalesce(done_at, now()), claimed_until = null, image_id = $2
       where id = $1`,
      [id, imageId],
    )
  }

  /** Deletes an upload that this process has claimed. */
  async deleteClaimed(id: string): Promise<void> {
    await this.#db.query('delete from direct_uploads where id = $1 and done_at is null', [id])
  }

  /** Deletes the user's upload. False when it is completed or claimed. */
  async cancel(userId: string, id: string): Promise<boolean> {
    const rows = await this.#db.query(
      `delete from direct_uploads where user_id = $1 and id = $2 and done_at is null and ${isUnclaimed} returning id`,
      [userId, id],
    )
    return rows.length > 0
  }

  /** The ids whose uploads exist and are not completed. The objects of all other ids can be deleted. */
  async filterIncomplete(ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.#db.query<{ id: string }>(
      'select id from direct_uploads where id = any($1) and done_at is null',
      [ids],
    )
    return new Set(rows.map(({ id }) => id))
  }

  /** Deletes expired uploads that are not claimed. */
  async sweep(): Promise<void> {
    await this.#db.query(`delete from direct_uploads where expires_at <= now() and ${isUnclaimed}`)
  }
}
