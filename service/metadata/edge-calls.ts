import type { Queryable } from './database.ts'

/** A pending purge call to a CDN. */
export interface EdgeCall {
  id: string
  payload: unknown
}

/** The number of calls that `claimDue` returns at most. */
const maxDue = 500

/** The outbox of purge calls to CDNs. */
export class EdgeCallRepository {
  readonly #db: Queryable

  constructor(db: Queryable) {
    this.#db = db
  }

  /** Records calls, which become due for a retry in `dueMs` milliseconds. */
  async add(calls: readonly EdgeCall[], dueMs: number): Promise<void> {
    await this.#db.query(
      `insert into edge_calls (id, payload, due_at)
       select id, payload, now() + $3 * interval '1 millisecond'
       from unnest($1::text[], $2::jsonb[]) as call (id, payload)`,
      [calls.map(({ id }) => id), calls.map(({ payload }) => JSON.stringify(payload)), dueMs],
    )
  }

  /** At most 500 due calls. They become due again in `dueMs` milliseconds. */
  claimDue(dueMs: number): Promise<EdgeCall[]> {
    return this.#db.query<EdgeCall>(
      `update edge_calls set due_at = now() + $1 * interval '1 millisecond' where id in (
         select id from edge_calls where due_at < now() order by due_at limit ${maxDue})
       returning id, payload`,
      [dueMs],
    )
  }

  /** Deletes a call that was made or given up. */
  async remove(id: string): Promise<void> {
    await this.#db.query('delete from edge_calls where id = $1', [id])
  }
}
