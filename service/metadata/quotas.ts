import { type Database, onlyRow, type Queryable } from './database.ts'
import { deleteBatch } from './delete-batch.ts'
import type { UserLimits } from './user-limits.ts'

/** How many images and bytes a user has stored that count towards the quotas. */
export interface CurrentHoldings {
  images: number
  storageBytes: number
}

/** What a user has stored, with the deleted images that can be restored, and the derivatives. */
export interface StoredImages extends CurrentHoldings {
  deletedImages: number
  derivatives: number
  derivativeBytes: number
}

/** The stored images of a user, those that their pending direct uploads will add, and their limits. */
export interface LimitedHoldings extends CurrentHoldings {
  /** How many images and bytes the user's pending direct uploads will add. */
  pendingImages: number
  pendingBytes: number
  /** Null for no limits. */
  limits: UserLimits | null
}

const held = `coalesce(images, 0) as images, coalesce(image_bytes + deleted_bytes, 0) as "storageBytes"`

const today = `(now() at time zone 'utc')::date`

/** A difference between the counts of a user and the user's images. */
export interface HoldingsDrift extends Omit<StoredImages, 'derivatives' | 'derivativeBytes'> {
  userId: string
}

/** A difference between the counts of a user and the user's derivatives. */
export interface DerivativesDrift extends Pick<StoredImages, 'derivatives' | 'derivativeBytes'> {
  userId: string
}

/** The number of users that `listUnchecked` returns at most. */
const maxUnchecked = 100

const counts = ['images', 'image_bytes', 'deleted_images', 'deleted_bytes'] as const

/** What users store and render, for their quotas. Triggers count what users store. */
export class QuotaRepository {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * What a user has stored, without the direct upload `except`. Undefined when neither images nor storage are limited.
   */
  async findLimitedHoldings(userId: string, except?: string): Promise<LimitedHoldings | undefined> {
    const [row] = await this.#db.query<LimitedHoldings>(
      `select limits, pending.*, ${held}
       from users left join user_holdings on user_holdings.user_id = users.id, lateral (
         select count(*) as "pendingImages", coalesce(sum(bytes), 0)::bigint as "pendingBytes"
         from direct_uploads where user_id = users.id and done_at is null and expires_at > now()
           and id is distinct from $2) as pending
       where id = $1 and limits ?| array['images', 'storageBytes']`,
      [userId, except ?? null],
    )
    return row
  }

  /** What a user has stored, limited or not; undefined when there is no such user. */
  async findHoldings(userId: string): Promise<StoredImages | undefined> {
    const [row] = await this.#db.query<StoredImages>(
      `select ${held}, coalesce(deleted_images, 0) as "deletedImages", coalesce(derivatives, 0) as derivatives,
         coalesce(derivative_bytes, 0) as "derivativeBytes"
       from users left join user_holdings on user_holdings.user_id = users.id where id = $1 and deleted_at is null`,
      [userId],
    )
    return row
  }

  /** Counts a render of today. False, without counting it, when the user has reached `most`. */
  async tryCountRender(userId: string, most: number): Promise<boolean> {
    const rows = await this.#db.query(
      `insert into developments_of_day as d (user_id, day, count) select $1::text, ${today}, 1 where $2::bigint > 0
       on conflict (user_id, day) do update set count = d.count + 1 where d.count < $2::bigint returning count`,
      [userId, most],
    )
    return rows.length > 0
  }

  /** The number of renders counted today. */
  async countRenders(userId: string): Promise<number> {
    const rows = await this.#db.query<{ count: number }>(
      `select coalesce(max(count), 0) as count from developments_of_day where user_id = $1 and day = ${today}`,
      [userId],
    )
    return onlyRow(rows).count
  }

  /** Deletes at most `most` counts of past days, and returns their number. */
  sweep(most: number): Promise<number> {
    return deleteBatch(this.#db, 'developments_of_day', `day < ${today} - 1`, most)
  }

  /** At most 100 users whose counts were not compared with their images since `before`, the longest ago first. */
  async listUnchecked(before: Date): Promise<string[]> {
    const rows = await this.#db.query<{ id: string }>(
      `select id from users left join user_holdings on user_holdings.user_id = users.id
       where deleted_at is null and (checked_at is null or checked_at < $1) order by checked_at nulls first limit $2`,
      [before, maxUnchecked],
    )
    return rows.map(({ id }) => id)
  }

  /** Lets `listUnchecked` return a user whose counts could not be compared after the others. */
  async postponeCheck(userId: string): Promise<void> {
    await this.#db.query(
      `insert into user_holdings (user_id, checked_at) select id, clock_timestamp() from users where id = $1
       on conflict (user_id) do update set checked_at = excluded.checked_at`,
      [userId],
    )
  }

  /**
   * Compares the counts of a user with the user's images, and corrects them. Uploads go on meanwhile: each changes the
   * images and the counts together, so the difference in one snapshot is the same later. Undefined when there is none.
   */
  async repair(userId: string): Promise<HoldingsDrift | undefined> {
    const [found] = await this.#db.query<Drift>(
      `select ready.images - coalesce(held.images, 0) as images,
         ready.image_bytes - coalesce(held.image_bytes, 0) as image_bytes,
         kept.deleted_images - coalesce(held.deleted_images, 0) as deleted_images,
         kept.deleted_bytes - coalesce(held.deleted_bytes, 0) as deleted_bytes, checked_at::text as checked_at
       from (select count(*) as images, coalesce(sum(bytes), 0)::bigint as image_bytes
             from images where user_id = $1 and state = 'ready') as ready,
         (select count(*) as deleted_images, coalesce(sum(bytes), 0)::bigint as deleted_bytes
          from images where user_id = $1 and state = 'deleted' and keep_until is not null and purged_at is null) as kept
         left join user_holdings as held on held.user_id = $1`,
      [userId],
    )
    if (found === undefined) return undefined
    // another process may have corrected them since
    const rows = await this.#db.query(
      `insert into user_holdings as held (user_id, images, image_bytes, deleted_images, deleted_bytes, checked_at)
         select id, $2, $3, $4, $5, clock_timestamp() from users where id = $1
       on conflict (user_id) do update set images = held.images + excluded.images,
         image_bytes = held.image_bytes + excluded.image_bytes, deleted_images = held.deleted_images + excluded.deleted_images,
         deleted_bytes = held.deleted_bytes + excluded.deleted_bytes, checked_at = excluded.checked_at
       where held.checked_at is not distinct from $6::timestamptz(3) returning user_id`,
      [userId, ...counts.map(count => found[count]), found.checked_at],
    )
    if (rows.length === 0 || counts.every(count => found[count] === 0)) return undefined
    const { images, image_bytes, deleted_images: deletedImages, deleted_bytes } = found
    return { userId, images, deletedImages, storageBytes: image_bytes + deleted_bytes }
  }

  /**
   * As `repair`, for derivatives: a user may have millions of them, so they are counted in pages of one snapshot.
   * @throws the signal's reason when it aborts between two pages
   */
  async repairDerivatives(
    userId: string,
    signal: AbortSignal,
    pageSize = 20_000,
  ): Promise<DerivativesDrift | undefined> {
    const { derivatives, bytes, checked_at } = await this.#db.transaction(
      snapshot => sumDerivatives(snapshot, userId, pageSize, signal),
      'begin isolation level repeatable read read only',
    )
    if (derivatives === 0 && bytes === 0) return undefined
    const [drift] = await this.#db.query<DerivativesDrift>(
      `insert into user_holdings as held (user_id, derivatives, derivative_bytes, checked_at)
         select id, $2, $3, clock_timestamp() from users where id = $1
       on conflict (user_id) do update set derivatives = held.derivatives + excluded.derivatives,
         derivative_bytes = held.derivative_bytes + excluded.derivative_bytes, checked_at = excluded.checked_at
       -- another process may have corrected them since
       where held.checked_at is not distinct from $4::timestamptz(3)
       returning user_id as "userId", $2::bigint as derivatives, $3::bigint as "derivativeBytes"`,
      [userId, derivatives, bytes, checked_at],
    )
    return drift
  }
}

/** How far the counts of a user differ from the user's derivatives, which are read in pages. */
async function sumDerivatives(db: Queryable, userId: string, pageSize: number, signal: AbortSignal) {
  const [held] = await db.query<{ derivatives: number; bytes: number; checked_at: string | null }>(
    `select derivatives, derivative_bytes as bytes, checked_at::text as checked_at from user_holdings where user_id = $1`,
    [userId],
  )
  const { checked_at = null } = held ?? {}
  const drift = { derivatives: -(held?.derivatives ?? 0), bytes: -(held?.bytes ?? 0), checked_at }
  let after: readonly string[] = ['', '']
  for (;;) {
    signal.throwIfAborted()
    const { count, bytes, last } = onlyRow(
      await db.query<{ count: number; bytes: number; last: [string, string] | null }>(
        `with page as materialized (
           select image_id, file_name, bytes from derivatives where user_id = $1 and (image_id, file_name) > ($2, $3)
           order by image_id, file_name limit $4)
         select count(*) as count, coalesce(sum(bytes), 0)::bigint as bytes, (
           select json_build_array(image_id, file_name) from page order by image_id desc, file_name desc limit 1) as last
         from page`,
        [userId, ...after, pageSize],
      ),
    )
    drift.derivatives += count
    drift.bytes += bytes
    if (count < pageSize || last === null) return drift
    after = last
  }
}

type Drift = Record<(typeof counts)[number], number> & { checked_at: string | null }
