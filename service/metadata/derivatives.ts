import { cursorText, decodeCursor, type Page, pageSize, toPage } from './cursor.ts'
import type { Queries } from './database.ts'

/** A developed picture that lies in the store. */
export interface Derivative {
  userId: string
  imageId: string
  /** The canonical one: the last part of the object's key. */
  fileName: string
  format: string
  /** In pixels. */
  width: number
  height: number
  bytes: number
  /** The strong ETag of its bytes. */
  etag: string
  /** What its development took, in milliseconds. */
  costMs: number
  createdAt: Date
}

export type Derivatives = ReturnType<typeof createDerivatives>

const columns = `user_id as "userId", image_id as "imageId", file_name as "fileName", format, width, height, bytes, etag,
  cost_ms as "costMs", created_at as "createdAt"`

/** What is known of the derivatives; they can always be developed again. */
export function createDerivatives(db: Queries) {
  return {
    /**
     * Records a derivative, or its better successor of the same name. False, and nothing written, when the image is
     * not ready: the lock on its row makes a concurrent deletion wait, and its clean-up then sees this row.
     */
    async record(derivative: Omit<Derivative, 'createdAt'>): Promise<boolean> {
      const { userId, imageId, fileName, format, width, height, bytes, etag, costMs } = derivative
      const rows = await db.query(
        `insert into derivatives (user_id, image_id, file_name, format, width, height, bytes, etag, cost_ms)
         select user_id, id, $3, $4, $5, $6, $7, $8, $9 from images
         where user_id = $1 and id = $2 and state = 'ready' for share
         on conflict (user_id, image_id, file_name) do update set
           format = excluded.format, width = excluded.width, height = excluded.height, bytes = excluded.bytes,
           etag = excluded.etag, cost_ms = excluded.cost_ms, created_at = excluded.created_at
         returning image_id`,
        [userId, imageId, fileName, format, width, height, bytes, etag, costMs],
      )
      return rows.length > 0
    },

    async find(userId: string, imageId: string, fileName: string): Promise<Derivative | undefined> {
      const [derivative] = await db.query<Derivative>(
        `select ${columns} from derivatives where user_id = $1 and image_id = $2 and file_name = $3`,
        [userId, imageId, fileName],
      )
      return derivative
    },

    /** One page of an image's derivatives, by name. Throws `bad-request` for a cursor that is not of this list. */
    async listForImage(
      userId: string,
      imageId: string,
      page: { limit: number; cursor?: string | undefined },
    ): Promise<Page<Derivative>> {
      const limit = pageSize(page.limit)
      const after = page.cursor === undefined ? '' : decodeCursor(cursorText, page.cursor)
      const rows = await db.query<Derivative>(
        `select ${columns} from derivatives where user_id = $1 and image_id = $2 and file_name > $3
         order by file_name limit $4`,
        [userId, imageId, after, limit + 1],
      )
      return toPage(rows, limit, last => last.fileName)
    },

    /** Forgets all derivatives of an image, and returns how many there were. */
    async deleteForImage(userId: string, imageId: string): Promise<number> {
      const rows = await db.query(
        'delete from derivatives where user_id = $1 and image_id = $2 returning image_id',
        [userId, imageId],
      )
      return rows.length
    },
  }
}
