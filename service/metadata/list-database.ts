import { KeyedSemaphore } from '../concurrency/keyed-semaphore.ts'
import { DarkroomError } from '../errors/catalogue.ts'
import { type DatabaseOptions, openDatabase, type Queryable } from './database.ts'
import { cancelled, errorCodeOf } from './database-errors.ts'

/** The timeout after which the server cancels a query of a list, in milliseconds. */
const statementMs = 5_000
/** The lists of one user that run at the same time, if that leaves connections for so many other users. */
const maxPermits = 2
const spare = 2
/** The lists of one user that wait: the dashboard loads several at once. */
const maxWaiting = 10
/** How long a list waits for another one, in milliseconds: longer than a list can take. */
const maxWaitMs = 6_000
/** When a client that gets no list may ask again, in milliseconds. */
const retryAfterMs = 2_000

/**
 * The settings are those of one transaction, so that they also work through a pooler. All lists are those of one user, for
 * which indexes exist: without the second setting, Postgres reads the images of all users for a user with many, by several
 * processes at once.
 */
const begin = `begin read only; set local statement_timeout = ${statementMs}; set local enable_seqscan = off;
  set local max_parallel_workers_per_gather = 0; set local jit = off`

/**
 * Runs the queries of lists and searches. They have connections of their own and few at a time for each user, so that they
 * cannot hold up deliveries and jobs. A user with a running list gets another connection only if two stay free, and users
 * without one come first, so that the slow lists of two users do not hold up those of a third.
 */
export interface ListDatabase {
  /**
   * Runs the queries of one list of a user, in a read-only transaction.
   * @throws DarkroomError `too-many-requests` when too many lists of the user run and wait, `overloaded` when those of others
   *   do, `deadline` for a list that takes more than five seconds
   */
  run<T>(userId: string, work: (db: Queryable) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens a connection pool for lists. The first list opens the first connection. */
export function openListDatabase(
  options: DatabaseOptions & { readonly maxConnections: number },
): ListDatabase {
  const database = openDatabase(options)
  const lists = new KeyedSemaphore({
    ...{ permits: maxPermits, total: options.maxConnections, spare, maxWaiting, maxWaitMs },
    rejection: isOwn => (isOwn ? ownLists() : otherLists()),
  })
  return {
    run: (userId, work) => lists.run(userId, () => database.transaction(work, begin).catch(rethrow)),
    close: () => database.close(),
  }
}

const ownLists = () =>
  new DarkroomError('too-many-requests', `too many lists at once: at most ${maxPermits} run for a user`, {
    retryAfterMs,
  })

const otherLists = () => new DarkroomError('overloaded', 'too many lists at once', { retryAfterMs })

function rethrow(error: unknown): never {
  if (error instanceof DarkroomError && errorCodeOf(error.cause) === cancelled)
    throw new DarkroomError(
      'deadline',
      `the list took more than ${statementMs / 1_000} s, use a narrower filter`,
      { cause: error },
    )
  throw error
}
