import { randomUUID } from 'node:crypto'
import type { Queryable } from './database.ts'
import type { Derivative } from './derivatives.ts'

/** What the object key of a derivative is made of. */
export type StrayObject = Pick<Derivative, 'userId' | 'imageId' | 'fileName'> & {
  version?: string | null | undefined
}

/** A derivative that may be in the store although no row of `derivatives` names it. */
export interface StrayDerivative extends StrayObject {
  id: string
  version: string | null
}

/** The time in milliseconds in which a writer records a derivative, or crashes. */
const writeMs = 3_600_000
/** The number of strays that are listed at most. */
const maxListed = 500

const columns =
  'stray.id, stray.user_id as "userId", stray.image_id as "imageId", stray.file_name as "fileName", stray.version'

/**
 * Derivatives that are being written. A stray is inserted before its object is written and outlives it, unless a row of
 * `derivatives` takes over, so that a row leads to every derivative in the store, even after a crash.
 */
export class StrayDerivativeRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /**
   * Records derivatives that are about to be written, and returns the ids of the strays, in the same order. The caller
   * writes and records the derivatives within an hour, or deletes their objects and calls `end`.
   */
  async begin(derivatives: readonly StrayObject[]): Promise<string[]> {
    const ids = derivatives.map(() => randomUUID())
    await this.#db.query(
      `insert into stray_derivatives (id, user_id, image_id, file_name, version, until)
       select id, user_id, image_id, file_name, version, now() + $6 * interval '1 millisecond'
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
         as fresh (id, user_id, image_id, file_name, version)`,
      [
        ids,
        ...(['userId', 'imageId', 'fileName'] as const).map(name => derivatives.map(one => one[name])),
        derivatives.map(({ version }) => version ?? null),
        writeMs,
      ],
    )
    return ids
  }

  /** Forgets derivatives whose objects are gone, or are named by another row. */
  async end(ids: readonly string[]): Promise<void> {
    await this.#db.query('delete from stray_derivatives where id = any($1)', [ids])
  }

  /** Forgets those of them that no process is writing any more. Their objects are gone. */
  async endExpired(ids: readonly string[]): Promise<void> {
    await this.#db.query('delete from stray_derivatives where id = any($1) and until <= now()', [ids])
  }

  /** Lets `listExpired` return these strays after a day. */
  async postpone(ids: readonly string[]): Promise<void> {
    await this.#db.query(`update stray_derivatives set until = now() + interval '1 day' where id = any($1)`, [
      ids,
    ])
  }

  /** At most 500 strays of these images, in the order of their ids, starting after `after`. */
  listOfImages(
    userId: string,
    imageIds: readonly string[],
    after: string | undefined,
  ): Promise<StrayDerivative[]> {
    return this.#db.query<StrayDerivative>(
      `select ${columns} from stray_derivatives stray
       where user_id = $1 and image_id = any($2) and ($3::uuid is null or id > $3)
       order by id limit ${maxListed}`,
      [userId, imageIds, after ?? null],
    )
  }

  /**
   * At most `most` strays that no process is writing any more, oldest first. `named` is whether a row of `derivatives`
   * names the object, so that it stays.
   */
  listExpired(most: number): Promise<(StrayDerivative & { named: boolean })[]> {
    return this.#db.query(
      `select ${columns}, exists (
         select from derivatives where derivatives.user_id = stray.user_id
           and derivatives.image_id = stray.image_id and derivatives.file_name = stray.file_name
           and derivatives.version is not distinct from stray.version) as named
       from stray_derivatives stray where until <= now() order by until limit $1`,
      [most],
    )
  }
}
