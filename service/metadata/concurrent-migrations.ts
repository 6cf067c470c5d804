import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from '../telemetry/logger.ts'
import {
  dueConcurrently,
  readHistory,
  recordMigration,
  unrecorded,
  withMigrationClient,
} from './migration-connection.ts'
import type { ConcurrentStep, Migration } from './migration-files.ts'

/** The advisory lock of the one process that builds indexes. */
const buildKey = 0x6461726c
/** The pause between two looks at a build that a lost connection has left running, in milliseconds. */
const lookMs = 1_000

interface BuildOptions {
  readonly url: string
  readonly logger: Logger
  readonly migrations: readonly Migration[]
  /** No process of a previous release uses the database. */
  readonly isNew?: boolean
}

/**
 * Runs the migrations with `concurrently` that are not recorded and due, in order. Returns their names; none when another process
 * runs them. A second connection holds the lock in an idle transaction: it has no snapshot, for which a build would wait,
 * and it works through PgBouncer, unlike a lock of a session.
 */
export async function buildIndexes(
  client: pg.Client,
  options: BuildOptions,
  signal?: AbortSignal,
): Promise<string[]> {
  const { migrations, isNew = false } = options
  const pending = async () => {
    const recorded = await readHistory(client, migrations)
    return isNew
      ? unrecorded(migrations, recorded).filter(({ steps }) => steps)
      : dueConcurrently(migrations, recorded)
  }
  if ((await pending()).length === 0) return []
  return withMigrationClient(options, async holder => {
    await holder.query('begin')
    await holder.query('set local idle_in_transaction_session_timeout = 0')
    // without parameters: the portal of a prepared statement would keep its snapshot
    const { rows } = await holder.query<{ held: boolean }>(
      `select pg_try_advisory_xact_lock(${buildKey}) as held`,
    )
    if (!rows[0]?.held) return []
    const names: string[] = []
    for (const migration of await pending()) {
      for (const step of migration.steps ?? []) await runStep(client, holder, step, options.logger, signal)
      await recordMigration(client, migration)
      names.push(migration.name)
      options.logger.info({ migration: migration.name }, 'built indexes')
    }
    return names
  })
}

/** An index that a process builds now. */
export interface IndexBuild {
  readonly index: string | null
  /** As in `pg_stat_progress_create_index`. */
  readonly phase: string
  /** Of the phase; null when it is not known. */
  readonly percent: number | null
}

/** The first index of the database that is being built, by any process; undefined when there is none. */
export async function findBuild(client: pg.Client): Promise<IndexBuild | undefined> {
  const { rows } = await client.query<IndexBuild>(
    `select index_relid::regclass::text as index, phase,
       floor(100 * coalesce(blocks_done::float8 / nullif(blocks_total, 0), tuples_done::float8 / nullif(tuples_total, 0))) as percent
     from pg_stat_progress_create_index where datname = current_database() order by pid limit 1`,
  )
  return rows[0]
}

async function runStep(
  client: pg.Client,
  holder: pg.Client,
  { sql, index, when }: ConcurrentStep,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  if (when !== undefined && !(await isTrue(client, when))) return
  if (index !== undefined) {
    // a process that ended can have left a build that still runs, a finished index, or an invalid one
    while (await isTrue(client, buildOf('$1'), [index])) await delay(lookMs, undefined, { signal })
    if (await isTrue(client, indexIs('indisvalid'), [index])) return
    if (await isTrue(client, indexIs('not indisvalid'), [index]))
      await cancellable(client, `drop index concurrently ${index}`, holder, signal)
    logger.info({ index }, 'building index')
  }
  await cancellable(client, sql, holder, signal)
}

const indexIs = (condition: string) =>
  `exists (select from pg_index where indexrelid = to_regclass($1) and ${condition})`
const buildOf = (index: string) =>
  `exists (select from pg_stat_progress_create_index where index_relid = to_regclass(${index}))`

async function isTrue(client: pg.Client, condition: string, values: unknown[] = []): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean | null }>(`select (${condition}) as is`, values)
  return rows[0]?.is === true
}

/**
 * Runs a statement, and ends it when the signal aborts: Postgres does not notice that a client is gone, and would go on. The
 * statement is found by its text, because PgBouncer may show another connection's id.
 */
async function cancellable(
  client: pg.Client,
  sql: string,
  holder: pg.Client,
  signal: AbortSignal | undefined,
): Promise<void> {
  const cancel = () =>
    holder
      .query(
        `select pg_cancel_backend(pid) from pg_stat_activity
         where datname = current_database() and usename = current_user and state = 'active' and query = left($1, length(query))`,
        [sql],
      )
      .catch(() => undefined)
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    await client.query(sql)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}
