import type { Queryable } from './database.ts'

/**
 * Deletes at most `most` rows of a table that meet a condition, and returns their number. A clean-up of millions of rows is
 * done in such batches, so that no statement is near the time limit. `table` and `condition` are never input.
 */
export async function deleteBatch(
  db: Queryable,
  table: string,
  condition: string,
  most: number,
  values: readonly unknown[] = [],
): Promise<number> {
  const rows = await db.query(
    `delete from ${table} where ctid = any(array(
       select ctid from ${table} where ${condition} limit ${Math.floor(most)} for update skip locked)) returning 1`,
    values,
  )
  return rows.length
}
