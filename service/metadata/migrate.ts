import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { backoffMs, jittered } from '../concurrency/backoff.ts'
import type { Logger } from '../telemetry/logger.ts'
import { buildIndexes, findBuild } from './concurrent-migrations.ts'
import { errorCodeOf } from './database-errors.ts'
import {
  dueConcurrently,
  readHistory,
  recordMigration,
  unrecorded,
  withMigrationClient,
} from './migration-connection.ts'
import { type Migration, readMigrations } from './migration-files.ts'

/** The advisory lock that a migrating process holds, while others wait. */
const lockKey = 0x6461726b
/** How long to try for another migrating process or for a lock on a table, in milliseconds. */
const defaultLockMs = 300_000
/** How long to wait for index builds, which hold locks, in milliseconds. An index of the largest tables takes an hour. */
const maxBuildMs = 24 * 3_600_000
/** How often the progress of such a build is logged, in milliseconds. */
const progressMs = 30_000
/**
 * How long one attempt waits for a lock on a table, in milliseconds. All requests that need the table queue behind the
 * attempt, so it must be far below their time limits.
 */
const tableLockMs = 500
/** The delays between attempts. */
const retries = { firstMs: 100, maxMs: 5_000 }
/** The SQLSTATEs of a lock that was not obtained in time, and of a deadlock, which Postgres ends after a second. */
const lockFailures = ['55P03', '40P01']

export interface MigrateOptions {
  url: string
  logger: Logger
  /** The folder of the numbered `.sql` files (`migrations` beside this file). */
  folder?: URL
  /** The number of the last migration that is applied (all). The schema is then the one of an earlier version. */
  through?: number
  /** How long to try for locks that other transactions hold, in milliseconds (5 minutes). */
  lockMs?: number
}

/** The state of a schema: names of migrations, in order. */
export interface SchemaStatus {
  readonly applied: readonly string[]
  /** The migrations that this version needs and would apply. */
  readonly pending: readonly string[]
  /** The migrations that build or drop indexes while the service runs, and have not finished. */
  readonly building: readonly string[]
}

/**
 * Migrates the schema to this version, forward only. Each new file of the folder runs in its own transaction, except those
 * whose first line is `-- concurrently`: `finishMigrations` runs them, while the service works. An empty database gets all
 * of them at once. Safe to run from several processes at once. Returns the names of the applied migrations. Migrations of a
 * newer version are left as they are, so that processes of this one can start during an update and after a roll-back. Throws
 * when an applied migration was edited, or one of a newer version needs later migrations than this one has, and
 * `unavailable` when Postgres cannot be reached.
 * An index that another process builds can take hours and locks its table against migrations: it is waited for, and its
 * progress is logged.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { logger, lockMs = defaultLockMs } = options
  const migrations = await readFolder(options)
  const names = await withMigrationClient(options, async client => {
    const wasEmpty = (await readHistory(client, migrations)).length === 0
    const applied: string[] = []
    for (;;) {
      const next = await applyNext(client, migrations, { logger, lockMs })
      if (next === undefined) break
      applied.push(next.name)
      logger.debug({ migration: next.name }, 'applied migration')
    }
    return wasEmpty
      ? [...applied, ...(await buildIndexes(client, { ...options, migrations, isNew: true }))].sort()
      : applied
  })
  if (names.length > 0) logger.info({ migrations: names.length, schema: names.at(-1) }, 'migrated database')
  return names
}

/**
 * Runs the migrations that build indexes beside other work, which may take long. It goes on with what another process has
 * left unfinished. Returns their names; none when another process builds them. Throws like `migrate`, and when the
 * signal aborts.
 */
export async function finishMigrations(options: MigrateOptions, signal?: AbortSignal): Promise<string[]> {
  const migrations = await readFolder(options)
  return withMigrationClient(options, client => buildIndexes(client, { ...options, migrations }, signal))
}

/** The state of the schema, without any change to it. Throws like `migrate`. */
export async function readSchemaStatus(options: MigrateOptions): Promise<SchemaStatus> {
  const migrations = await readFolder(options)
  const recorded = await withMigrationClient(options, client => readHistory(client, migrations))
  const left = unrecorded(migrations, recorded)
  return {
    applied: recorded.map(({ number, name }) => migrations[number - 1]?.name ?? name),
    pending: left.filter(({ steps }) => !steps).map(({ name }) => name),
    building: dueConcurrently(migrations, recorded).map(({ name }) => name),
  }
}

/** The migrations of a folder, by default those of this version. */
async function readFolder({
  folder,
  through,
}: Pick<MigrateOptions, 'folder' | 'through'>): Promise<Migration[]> {
  return (await readMigrations(folder ?? new URL('./migrations/', import.meta.url))).slice(0, through)
}

/** Applies the first transaction that is not recorded, and returns it; undefined when none is left. */
async function applyNext(
  client: pg.Client,
  migrations: readonly Migration[],
  { logger, lockMs }: { readonly logger: Logger; readonly lockMs: number },
): Promise<Migration | undefined> {
  const started = Date.now()
  let [deadline, loggedAt, wasBuilding] = [started + lockMs, 0, false]
  for (let attempt = 1; ; attempt++) {
    try {
      return await applyUnderLock(client, migrations)
    } catch (error) {
      if (!lockFailures.includes(errorCodeOf(error))) throw error
      const build = await findBuild(client)
      // the locks of a build are gone after it, and so are those of transactions that it waits for; it may have ended since
      // the attempt failed
      if ((build || wasBuilding) && Date.now() < started + maxBuildMs) deadline = Date.now() + lockMs
      wasBuilding = build !== undefined
      if (Date.now() > deadline) {
        const seconds = lockMs / 1000
        throw new Error(`other transactions held a lock that a migration needs for ${seconds} s`, {
          cause: error,
        })
      }
      if (build && Date.now() > loggedAt + progressMs) {
        logger.info(build, 'migration waits until an index is built')
        loggedAt = Date.now()
      }
      if (!build && attempt === 3) logger.warn({ err: error }, 'migration waits for other transactions')
    }
    await delay(jittered(backoffMs(attempt, retries)))
  }
}

/**
 * @throws an error of a lock when another process migrates, or another transaction uses a table. Nothing waits for long
 * inside of a transaction: an index that is built concurrently waits for open transactions, and requests queue behind a
 * waiting `alter table`.
 */
async function applyUnderLock(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<Migration | undefined> {
  await client.query('begin')
  try {
    await client.query(`set local lock_timeout = ${tableLockMs}`)
    await client.query('select pg_advisory_xact_lock($1)', [lockKey])
    await client.query(
      `create table if not exists migrations (
         number integer primary key,
         name text not null,
         checksum text not null,
         applied_at timestamptz(3) not null default now()
       )`,
    )
    const next = unrecorded(migrations, await readHistory(client, migrations)).find(({ steps }) => !steps)
    if (next) {
      await client.query(next.sql)
      await recordMigration(client, next)
    }
    await client.query('commit')
    return next
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
