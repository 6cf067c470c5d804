import Type from 'typebox'
import { clampPageSize, decodeCursor, type Page, type PageQuery, toPage } from './cursor.ts'
import { onlyRow, type Queryable } from './database.ts'
import { isRestorable } from './image.ts'

/** A content that nobody may have here. */
export interface Takedown {
  /** Of the original, in hex. */
  sha256: string
  reason: string
  /** The id of the administrator. */
  by: string
  createdAt: Date
}

/** Whose image it is. */
export interface OwnedImage {
  id: string
  userId: string
}

const columns = 'sha256, reason, taken_by as "by", created_at as "createdAt"'
/** How many rows one call of `remove` changes at most. */
const removeSize = 500

const Position = Type.Object({
  at: Type.Integer({ minimum: 0, maximum: 8.64e15 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})

/** Contents that were taken down, and the images that had them. */
export class TakedownRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Blocks a content; one that is blocked already gets the new reason. */
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

  /** The content of anybody's image, deleted ones too; undefined when there never was one. */
  async findContentHash(imageId: string): Promise<string | undefined> {
    const [image] = await this.#db.query<{ sha256: string }>(
      'select sha256 from images where id = $1 and format is not null',
      [imageId],
    )
    return image?.sha256
  }

  /**
   * Deletes the images of a content for good, at most 500 at once; their objects follow. None can be restored then. Uploads that are under way are over: they
   * said their content before they asked whether it is blocked.
   */
  deleteImages(sha256: string): Promise<(OwnedImage & { seen: boolean })[]> {
    return this.#db.query(
      `update images set state = 'deleted', deleted_at = now(), keep_until = null where id in (
         select id from images where sha256 = $1 and (state in ('uploading', 'ready') or ${isRestorable})
         order by id limit ${removeSize} for update)
       returning id, user_id as "userId", format is not null as seen`,
      [sha256],
    )
  }

  /** Deleted images of a content whose objects may still be there: the first so many after this id. */
  listUnpurged(sha256: string, after: string, limit: number): Promise<OwnedImage[]> {
    return this.#db.query(
      `select id, user_id as "userId" from images
       where sha256 = $1 and id > $2 and state = 'deleted' and purged_at is null and format is not null
         and keep_until is null
       order by id limit $3`,
      [sha256, after, limit],
    )
  }

  /** One page, the latest first. Throws `bad-request` for a cursor that is not of this list. */
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

  /** Allows a content again; false when it was not blocked. */
  async lift(sha256: string): Promise<boolean> {
    const rows = await this.#db.query('delete from takedowns where sha256 = $1 returning sha256', [sha256])
    return rows.length > 0
  }
}
