import Type from 'typebox'
import { clampPageSize, decodeCursor, type Page, type PageQuery, toPage } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'
import { isRestorable } from './image.ts'

/** A content that is blocked for all users. */
export interface Takedown {
  /** The SHA-256 of the original, in hex. */
  sha256: string
  reason: string
  /** The id of the administrator. */
  by: string
  createdAt: Date
}

/** An image with its owner. */
export interface OwnedImage {
  id: string
  userId: string
}

const columns = 'sha256, reason, taken_by as "by", created_at as "createdAt"'
/** The number of images that `deleteImages` deletes at most. */
const maxDeleted = 500

const Position = Type.Object({
  at: Type.Integer({ minimum: 0, maximum: 8.64e15 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})

/** Blocked contents and the images that have them. */
export class TakedownRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Blocks a content. If it is blocked already, the reason is replaced. */
  async add({ sha256, reason, by }: Omit<Takedown, 'createdAt'>): Promise<Takedown> {
    const rows = await this.#db.query<Takedown>(
      `insert into takedowns (sha256, reason, taken_by) values ($1, $2, $3)
       on conflict (sha256) do update set reason = excluded.reason, taken_by = excluded.taken_by
       returning ${columns}`,
      [sha256, reason, by],
    )
    return onlyRow(rows)
  }

  async has(sha256: string): Promise<boolean> {
    const rows = await this.#db.query('select sha256 from takedowns where sha256 = $1', [sha256])
    return rows.length > 0
  }

  /** The content of any user's image, deleted ones included; undefined when the image never existed. */
  async findContentHash(imageId: string): Promise<string | undefined> {
    const [image] = await this.#db.query<{ sha256: string }>(
      'select sha256 from images where id = $1 and format is not null',
      [imageId],
    )
    return image?.sha256
  }

  /**
   * Marks images of a content as deleted, at most 500 at once, so that they cannot be restored. A job deletes their
   * objects later. Unfinished uploads of the content are marked, too, and then fail: an upload records its content
   * before it checks whether the content is blocked, so it either finds the content blocked or is found here.
   */
  async deleteImages(sha256: string): Promise<(OwnedImage & { seen: boolean })[]> {
    // a replacement under way, which records its content in the same way
    await this.#db.query(
      `update original_files set state = 'obsolete' where sha256 = $1 and state = 'writing'`,
      [sha256],
    )
    return this.#db.query(
      `update images set state = 'deleted', deleted_at = now(), keep_until = null where id in (
         select id from images where sha256 = $1 and (state in ('uploading', 'ready') or ${isRestorable})
         order by id limit ${maxDeleted} for update)
       returning id, user_id as "userId", format is not null as seen`,
      [sha256],
    )
  }

  /**
   * Deleted images of a content, if their objects may still exist: at most `limit`, in the order of their ids,
   * starting with the first id greater than `after`.
   */
  listUnpurged(sha256: string, after: string, limit: number): Promise<OwnedImage[]> {
    return this.#db.query(
      `select id, user_id as "userId" from images
       where sha256 = $1 and id > $2 and state = 'deleted' and purged_at is null and format is not null
         and keep_until is null
       order by id limit $3`,
      [sha256, after, limit],
    )
  }

  /**
   * One page, newest first.
   * @throws DarkroomError `bad-request` for a cursor of another list
   */
  async list(query: PageQuery): Promise<Page<Takedown>> {
    const limit = clampPageSize(query.limit)
    const after = query.cursor === undefined ? undefined : decodeCursor(Position, query.cursor)
    const rows = await this.#db.query<Takedown>(
      `select ${columns} from takedowns where $1::timestamptz is null or (created_at, sha256) < ($1, $2::text)
       order by created_at desc, sha256 desc limit $3`,
      [after ? new Date(after.at) : null, after?.sha256 ?? null, limit + 1],
    )
    return toPage(rows, limit, last => ({ at: last.createdAt.getTime(), sha256: last.sha256 }))
  }

  /** Unblocks a content; false when it was not blocked. */
  async lift(sha256: string): Promise<boolean> {
    const rows = await this.#db.query('delete from takedowns where sha256 = $1 returning sha256', [sha256])
    return rows.length > 0
  }
}
