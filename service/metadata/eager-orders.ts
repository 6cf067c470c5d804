import type { ErrorCode } from '../errors/catalogue.ts'
import { onlyRow, type Queryable } from './database.ts'

/** A derivative to render before its first request. */
export interface NewEagerOrder {
  /** The canonical name of the derivative; when planning failed, a name made from the order itself. */
  fileName: string
  /** The preset that was ordered; null for an order by operations. */
  preset: string | null
  /** All presets that the derivative uses, presets within presets included. */
  presets: readonly string[]
  format: string
  /** Why the derivative cannot be rendered, when planning failed. */
  failure: { code: ErrorCode; detail: string } | null
}

/** An order and its state, as far as this table and `derivatives` show it. */
export interface EagerOrder extends NewEagerOrder {
  ready: boolean
  /** Whether the order is still retried. */
  isOpen: boolean
}

/** Identifies the derivative of an order. */
export interface EagerOrderKey {
  userId: string
  imageId: string
  fileName: string
}

/** An order that is due for a check. */
export interface DueEagerOrder extends EagerOrderKey {
  presets: string[]
  ready: boolean
}

/** The maximum number of orders that are kept per image. The oldest ones are deleted. */
const maxPerImage = 200
/** The number of orders that `listDue` returns at most. */
const dueSize = 200
/** How long an order is retried, in hours. */
const maxAgeHours = 24

/** Whether the ordered derivative is recorded. */
const isReady = `exists (select from derivatives d where d.user_id = o.user_id and d.image_id = o.image_id
  and d.file_name = o.file_name)`

const saveStatement = `with image as (select user_id, id from images where user_id = $1 and id = $2 and state = 'ready' for share),
 fresh as (select * from jsonb_to_recordset($3::jsonb)
   as fresh (file_name text, preset text, presets text[], format text, code text, detail text)),
 outdated as (delete from eager_orders using image
   where eager_orders.user_id = image.user_id and image_id = image.id
     and preset in (select preset from fresh) and file_name not in (select file_name from fresh)),
 kept as (insert into eager_orders
     (user_id, image_id, file_name, preset, presets, format, due_at, code, detail)
   select image.user_id, image.id, file_name, preset, presets, format,
     case when code is null then now() + $4 * interval '1 millisecond' end, code, detail
   from image, fresh order by file_name
   on conflict (user_id, image_id, file_name) do update set
     preset = coalesce(excluded.preset, eager_orders.preset),
     presets = array(select unnest(eager_orders.presets) union select unnest(excluded.presets)), ordered_at = now(), due_at = excluded.due_at,
     code = excluded.code, detail = excluded.detail)
 select id from image`

/** Derivatives that users ordered before any request, with a limit per image. */
export class EagerOrderRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records orders that are due for a check in `dueMs` milliseconds. Orders of a preset replace its earlier
   * orders. False when there is no such ready image: a lock on its row makes a concurrent deletion wait.
   */
  async save(
    userId: string,
    imageId: string,
    orders: readonly NewEagerOrder[],
    dueMs: number,
  ): Promise<boolean> {
    const rows = await this.#db.query(saveStatement, [
      userId,
      imageId,
      JSON.stringify(
        orders.map(({ fileName, failure, ...order }) => ({ ...order, file_name: fileName, ...failure })),
      ),
      dueMs,
    ])
    await this.#db.query(
      `delete from eager_orders where user_id = $1 and image_id = $2 and file_name in (
         select file_name from eager_orders where user_id = $1 and image_id = $2
         order by ordered_at desc, file_name desc offset ${maxPerImage})`,
      [userId, imageId],
    )
    return rows.length > 0
  }

  /** All orders of an image, the earliest first. */
  async list(userId: string, imageId: string): Promise<EagerOrder[]> {
    type Row = Omit<EagerOrder, 'failure'> & { code: ErrorCode | null; detail: string | null }
    const rows = await this.#db.query<Row>(
      `select file_name as "fileName", preset, presets, format, code, detail, due_at is not null as "isOpen", ${isReady} as ready
       from eager_orders o where user_id = $1 and image_id = $2 order by ordered_at, file_name`,
      [userId, imageId],
    )
    return rows.map(({ code, detail, ...order }) => ({
      ...order,
      failure: code !== null && detail !== null ? { code, detail } : null,
    }))
  }

  /** The number of a user's orders that are still retried. */
  async countOpen(userId: string): Promise<number> {
    const rows = await this.#db.query<{ open: number }>(
      'select count(*) as open from eager_orders where user_id = $1 and due_at is not null',
      [userId],
    )
    return onlyRow(rows).open
  }

  /** At most 200 orders of all users that are due for a check, the longest due first. */
  listDue(): Promise<DueEagerOrder[]> {
    return this.#db.query(
      `select user_id as "userId", image_id as "imageId", file_name as "fileName", presets, ${isReady} as ready
       from eager_orders o where due_at < now() order by due_at limit ${dueSize}`,
    )
  }

  /** Makes orders due again in `byMs` milliseconds, with null never. Orders that are too old are never due again. */
  async postpone(names: readonly EagerOrderKey[], byMs: number | null): Promise<void> {
    await this.#db.query(
      `update eager_orders o
       set due_at = case when ordered_at > now() - interval '${maxAgeHours} hours'
         then now() + $4 * interval '1 millisecond' end
       from unnest($1::text[], $2::text[], $3::text[]) as these (user_id, image_id, file_name)
       where o.user_id = these.user_id and o.image_id = these.image_id and o.file_name = these.file_name`,
      [
        names.map(({ userId }) => userId),
        names.map(({ imageId }) => imageId),
        names.map(({ fileName }) => fileName),
        byMs,
      ],
    )
  }

  /** Deletes all orders of an image. */
  async deleteForImage(userId: string, imageId: string): Promise<void> {
    await this.#db.query('delete from eager_orders where user_id = $1 and image_id = $2', [userId, imageId])
  }
}
