import { DarkroomError } from '../errors/catalogue.ts'
import type { Queryable } from './database.ts'

/** An archive of images that a user may download. */
export interface ImageDownload {
  userId: string
  imageIds: string[]
  /** The preset that is applied to each image; null for originals. */
  preset: string | null
  /** The format of the results of the preset. */
  format: string
  /** The name of the archive. */
  fileName: string
  /** The API key that ordered it, without which it is not valid any more; null for a session. */
  apiKeyId: string | null
}

/** What an archive needs to know about an image. */
export interface ArchivedImage {
  id: string
  title: string
  fileName: string | null
  extension: string
  bytes: number
  createdAt: Date
}

/** The number of archives of a user that wait for their download. */
const maxWaiting = 20

const columns = `user_id as "userId", image_ids as "imageIds", preset, format, file_name as "fileName",
  api_key_id as "apiKeyId"`

/** Whether a download may begin: its user is active, and the API key that ordered it is still valid. */
const isValid = `secret_hash = $1 and image_downloads.expires_at > now()
  and exists (select from users where users.id = user_id and deleted_at is null and not disabled)
  and (api_key_id is null or exists (
    select from api_keys where api_keys.id = api_key_id and (api_keys.expires_at is null or api_keys.expires_at > now())))`

/** Archives that wait for their download. Each can be taken once. */
export class ImageDownloadRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records a download for `validMs` milliseconds, and deletes those that have expired.
   * @throws DarkroomError `too-many-requests` while the user has too many that wait
   */
  async add(secretHash: string, download: ImageDownload, validMs: number): Promise<void> {
    const { userId, imageIds, preset, format, fileName, apiKeyId } = download
    await this.#db.query('delete from image_downloads where expires_at < now()')
    const rows = await this.#db.query(
      `insert into image_downloads (secret_hash, user_id, image_ids, preset, format, file_name, expires_at, api_key_id)
       select $1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond', $8
       where (select count(*) from image_downloads where user_id = $2) < ${maxWaiting} returning user_id`,
      [secretHash, userId, imageIds, preset, format, fileName, validMs, apiKeyId],
    )
    if (rows.length > 0) return
    const detail = `downloads: at most ${maxWaiting} can wait, start one or wait until they expire`
    throw new DarkroomError('too-many-requests', detail, { retryAfterMs: validMs })
  }

  /** A download that waits; undefined when it was taken or is not valid any more. */
  async find(secretHash: string): Promise<ImageDownload | undefined> {
    const [row] = await this.#db.query<ImageDownload>(
      `select ${columns} from image_downloads where ${isValid}`,
      [secretHash],
    )
    return row
  }

  /** Takes a download. It cannot be taken a second time. @returns whether it waited, and is still valid */
  async take(secretHash: string): Promise<boolean> {
    const rows = await this.#db.query(`delete from image_downloads where ${isValid} returning secret_hash`, [
      secretHash,
    ])
    return rows.length > 0
  }

  /** The user's ready images with these ids, in the order of the ids. */
  listImages(userId: string, ids: readonly string[]): Promise<ArchivedImage[]> {
    return this.#db.query<ArchivedImage>(
      `select id, title, file_name as "fileName", extension, bytes, created_at as "createdAt"
       from unnest($2::text[]) with ordinality as wanted (wanted_id, place) join images on id = wanted_id
       where user_id = $1 and state = 'ready' order by place`,
      [userId, ids],
    )
  }
}
