import pg from 'pg'
import { messageOf } from '../errors/catalogue.ts'
import type { Logger } from '../telemetry/logger.ts'
import { translateDatabaseError } from './database-errors.ts'

/** The timeout for a connection, new or from the pool, in milliseconds. */
const connectMs = 5_000
/** The timeout after which the server cancels a statement, in milliseconds. */
const statementMs = 10_000
/** The timeout for a response, in milliseconds, in case the server does not even cancel the statement. */
const answerMs = 12_000

/** Runs SQL: the pool, or the single connection of a transaction. */
export interface Queryable {
  /** Runs one statement and returns its rows. Values are only ever passed as parameters. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/**
 * The database connections of one process. Every method throws `unavailable` when Postgres cannot be reached
 * or does not answer in time; all timeouts are a few seconds.
 */
export interface Database extends Queryable {
  /**
   * Runs `work` in a transaction, which is committed when `work` resolves and rolled back when it rejects. `begin` are the
   * statements that begin it.
   */
  transaction<T>(work: (transaction: Queryable) => Promise<T>, begin?: string): Promise<T>
  /** The connections of the pool, and the queries that wait for one; for metrics. */
  readonly connections: { readonly busy: number; readonly idle: number; readonly waiting: number }
  /** Resolves when Postgres answers; for the readiness check. */
  check(signal?: AbortSignal): Promise<void>
  /** Waits for running statements and closes all connections. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  url: string
  logger: Logger
  /** The largest number of connections of this process (default 10). */
  maxConnections?: number
}

/** Opens a connection pool. The first query opens the first connection. */
export function openDatabase({ url, logger, maxConnections = 10 }: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'darkroom',
    max: maxConnections,
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    query_timeout: answerMs,
    idle_in_transaction_session_timeout: answerMs,
    keepAlive: true,
    types: { getTypeParser },
  })
  pool.on('error', error => logger.warn({ err: error }, 'lost an idle database connection'))

  const query = <Row>(text: string, values?: readonly unknown[]) => run<Row>(pool, text, values)
  return {
    query,
    transaction: (work, begin) => transaction(pool, work, begin),
    check: async signal => {
      signal?.throwIfAborted()
      await Promise.race([query('select 1'), ...(signal ? [aborted(signal)] : [])])
    },
    get connections() {
      const { totalCount, idleCount: idle, waitingCount: waiting } = pool
      return { busy: totalCount - idle, idle, waiting }
    },
    close: () => pool.end(),
  }
}

/** The only row of a statement that always returns one. */
export function onlyRow<Row>([row]: Row[]): Row {
  if (row === undefined) throw new Error('a statement returned no row')
  return row
}

async function run<Row>(
  connection: Pick<pg.Pool, 'query'> | pg.PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return (await connection.query(text, [...values])).rows
  } catch (error) {
    throw translateDatabaseError(error)
  }
}

async function transaction<T>(
  pool: pg.Pool,
  work: (transaction: Queryable) => Promise<T>,
  begin = 'begin',
): Promise<T> {
  const client = await pool.connect().catch(error => Promise.reject(translateDatabaseError(error)))
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  // The pool handles errors of idle connections only. Without a listener, an `error` event of this connection
  // would end the process.
  client.on('error', onError)
  try {
    await run(client, begin)
    const result = await work({ query: (text, values) => run(client, text, values) })
    await run(client, 'commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(cause => {
      broken = new Error(`rollback failed: ${messageOf(cause)}`, { cause })
    })
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

/** Rejects with the signal's reason when it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** `pg` returns `int8` as text. Sizes and counts here stay far below 2^53, so they become numbers. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)
