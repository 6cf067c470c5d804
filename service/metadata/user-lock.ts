import type { Database, Queryable } from './database.ts'

/**
 * Runs `work` while no other transaction with the same lock runs, of any process. Its statements see what the transactions
 * before it have committed, so a limit that they check is exact. In a transaction, the lock is held until that one ends.
 */
export async function withUserLock<T>(
  db: Queryable | Database,
  { userId, table }: { readonly userId: string; readonly table: string },
  work: (locked: Queryable) => Promise<T>,
): Promise<T> {
  const lockAndWork = async (transaction: Queryable) => {
    // a statement of its own: one that waits for the lock does not see what was committed meanwhile
    await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
      `${table} of ${userId}`,
    ])
    return work(transaction)
  }
  return 'transaction' in db ? db.transaction(lockAndWork) : lockAndWork(db)
}
