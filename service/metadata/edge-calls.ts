import type { Queryable } from './database.ts'

/** A call to a cache in front that is still to be made. */
export interface EdgeCall {
  id: string
  payload: unknown
}

/** How many one call of `due` returns at most. */
const dueAtOnce = 500

/** What caches in front are still to be told. */
export class EdgeCallRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Puts calls on record, which are to be looked after in so many milliseconds. */
  async add(calls: readonly EdgeCall[], dueMs: number): Promise<void> {
    await this.#db.query(
      `insert into edge_calls (id, payload, due_at)
       select id, payload, now() + $3 * interval '1 millisecond'
       from unnest($1::text[], $2::jsonb[]) as call (id, payload)`,
      [calls.map(({ id }) => id), calls.map(({ payload }) => JSON.stringify(payload)), dueMs],
    )
  }

  /** Those that ought to have been made by now, at most 500; they are due again in so many milliseconds. */
  claimDue(againMs: number): Promise<EdgeCall[]> {
    return this.#db.query<EdgeCall>(
      `update edge_calls set due_at = now() + $1 * interval '1 millisecond' where id in (
         select id from edge_calls where due_at < now() order by due_at limit ${dueAtOnce})
       returning id, payload`,
      [againMs],
    )
  }

  /** Forgets a call that was made, or given up. */
  async remove(id: string): Promise<void> {
    await this.#db.query('delete from edge_calls where id = $1', [id])
  }
}
