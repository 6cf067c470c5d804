import pg from 'pg'
import { messageOf } from '../errors/catalogue.ts'
import type { Logger } from '../telemetry/logger.ts'
import { translateDatabaseError } from './database-errors.ts'

/** How long to wait for a connection, a new one or a free one, in milliseconds. */
const connectMs = 5_000
/** How long a statement may run before the server ends it, in milliseconds. */
const statementMs = 10_000
/** How long to wait for an answer, when the server cannot even end the statement, in milliseconds. */
const answerMs = 12_000

/** Something that runs SQL: the pool, or the one connection of a transaction. */
export interface Queryable {
  /** Runs one statement and returns its rows. Values only ever travel as parameters. */
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>
}

/**
 * The database of one process. Its calls throw `unavailable` when Postgres cannot be reached or does not answer
 * in time; every wait is bounded by seconds.
 */
export interface Database extends Queryable {
  /** Runs `work` in one transaction: commits when it resolves, rolls back when it rejects. */
  transaction<T>(work: (queries: Queryable) => Promise<T>): Promise<T>
  /** Resolves when Postgres answers; for readiness. */
  check(signal?: AbortSignal): Promise<void>
  /** Waits for running statements and closes the connections. */
  close(): Promise<void>
}

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` */
  url: string
  logger: Logger
  /** Connections that this process holds at most (10). */
  maxConnections?: number
}

/** Opens a pool of connections; the first is made by the first query. */
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
  pool.on('error', error => logger.warn({ err: error }, 'an idle database connection was lost'))

  const query = <Row>(text: string, values?: readonly unknown[]) => run<Row>(pool, text, values)
  return {
    query,
    transaction: work => transaction(pool, work),
    check: async signal => {
      signal?.throwIfAborted()
      await Promise.race([query('select 1'), ...(signal ? [aborted(signal)] : [])])
    },
    close: () => pool.end(),
  }
}

/** The one row that a statement cannot but return. */
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

async function transaction<T>(pool: pg.Pool, work: (queries: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch(error => Promise.reject(translateDatabaseError(error)))
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  // The pool only listens to idle connections: an unheard `error` of this one would end the process.
  client.on('error', onError)
  try {
    await run(client, 'begin')
    const result = await work({ query: (text, values) => run(client, text, values) })
    await run(client, 'commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(cause => {
      broken = new Error(`rollback: ${messageOf(cause)}`, { cause })
    })
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

/** Rejects with the signal's reason once it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** `pg` returns `int8` as text; sizes and counts here stay far below 2^53, so they become numbers. */
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)
