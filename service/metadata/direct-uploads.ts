import { DarkroomError } from '../errors/catalogue.ts'
import { onlyRow, type Queryable } from './database.ts'
import { randomId } from './ids.ts'
import type { ImageLabels } from './image.ts'

/** What a user said of a file that he puts into the store by himself. */
export interface NewDirectUpload extends ImageLabels {
  bytes: number
  /** In hex. */
  sha256: string
  fileName: string | null
}

/** A file that is to come, has come, or was made an image. */
export interface DirectUpload extends NewDirectUpload {
  id: string
  userId: string
  /** The image that whoever claimed it last makes or made of it; null when nobody has tried. */
  imageId: string | null
  createdAt: Date
  /** Whether it is too late to complete it. */
  isExpired: boolean
}

const columns = `id, user_id as "userId", bytes, sha256, title, tags, file_name as "fileName",
  image_id as "imageId", created_at as "createdAt", expires_at <= now() as "isExpired"`
const isFree = '(claimed_until is null or claimed_until <= now())'

/** Uploads that go past the service; a row outlives its object, so that no object lies in the store that no row speaks of. */
export class DirectUploadRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Lets nobody else begin an upload of this user until the transaction ends, and returns how many are not over yet.
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

  /** Records what is to come within so many milliseconds. */
  async create(id: string, userId: string, announced: NewDirectUpload, withinMs: number): Promise<void> {
    const { bytes, sha256, title, tags, fileName } = announced
    await this.#db.query(
      `insert into direct_uploads (id, user_id, bytes, sha256, title, tags, file_name, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, now() + $8 * interval '1 millisecond')`,
      [id, userId, bytes, sha256, title, tags, fileName, withinMs],
    )
  }

  /** The user's upload, be it done or over; undefined when he has none of this id. */
  async find(userId: string, id: string): Promise<DirectUpload | undefined> {
    const [row] = await this.#db.query<DirectUpload>(
      `select ${columns} from direct_uploads where user_id = $1 and id = $2`,
      [userId, id],
    )
    return row
  }

  /** An upload whose file may still come, whoever asks; undefined when there is none. */
  async findPending(id: string): Promise<DirectUpload | undefined> {
    const [row] = await this.#db.query<DirectUpload>(
      `select ${columns} from direct_uploads where id = $1 and done_at is null and expires_at > now()
         and exists (select from users where id = user_id and deleted_at is null and not disabled)`,
      [id],
    )
    return row
  }

  /**
   * Makes somebody the one who completes it, for so many milliseconds, and returns the id that its image gets; undefined
   * when another is at it, or was since this row was read, or when it is over.
   */
  async claim(
    { id, imageId }: Pick<DirectUpload, 'id' | 'imageId'>,
    ms: number,
  ): Promise<string | undefined> {
    const [row] = await this.#db.query<{ imageId: string }>(
      `update direct_uploads set image_id = $2, claimed_until = now() + $3 * interval '1 millisecond'
       where id = $1 and done_at is null and expires_at > now() and ${isFree}
         and image_id is not distinct from $4 returning image_id as "imageId"`,
      [id, randomId(16), ms, imageId],
    )
    return row?.imageId
  }

  /** Lets others complete what this one could not. */
  async release(id: string): Promise<void> {
    await this.#db.query('update direct_uploads set claimed_until = null where id = $1', [id])
  }

  /** Notes that it is this image now. */
  async complete(id: string, imageId: string): Promise<void> {
    await this.#db.query(
      `update direct_uploads set done_at = coalesce(done_at, now()), claimed_until = null, image_id = $2
       where id = $1`,
      [id, imageId],
    )
  }

  /** Ends one that was claimed here, for good. */
  async deleteClaimed(id: string): Promise<void> {
    await this.#db.query('delete from direct_uploads where id = $1 and done_at is null', [id])
  }

  /** Ends the user's upload; false when it is done, or somebody is completing it. */
  async cancel(userId: string, id: string): Promise<boolean> {
    const rows = await this.#db.query(
      `delete from direct_uploads where user_id = $1 and id = $2 and done_at is null and ${isFree} returning id`,
      [userId, id],
    )
    return rows.length > 0
  }

  /** Those of these ids whose file is still wanted: all others may go. */
  async filterIncomplete(ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.#db.query<{ id: string }>(
      'select id from direct_uploads where id = any($1) and done_at is null',
      [ids],
    )
    return new Set(rows.map(({ id }) => id))
  }

  /** Forgets those that are over. */
  async sweep(): Promise<void> {
    await this.#db.query(`delete from direct_uploads where expires_at <= now() and ${isFree}`)
  }
}
