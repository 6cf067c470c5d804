import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'
import type { Logger } from '../telemetry/logger.ts'
import { translateDatabaseError } from './database-errors.ts'

interface Migration {
  number: number
  name: string
  sql: string
  checksum: string
}

type Recorded = Pick<Migration, 'number' | 'name' | 'checksum'>

/** The advisory lock that a migrating process holds, while others wait. */
const lockKey = 0x6461726b
/** The timeout for another migrating process, or for a lock on a table, in milliseconds. */
const lockMs = 120_000

export interface MigrateOptions {
  url: string
  logger: Logger
  /** The folder of the numbered `.sql` files (`migrations` beside this file). */
  folder?: URL
}

/** The state of a schema: names of migrations, in order. */
export interface SchemaStatus {
  readonly applied: readonly string[]
  /** The migrations that this version would apply. */
  readonly pending: readonly string[]
}

/**
 * Migrates the schema to this version, forward only. Each new file of the folder runs in its own transaction.
 * Safe to run from several processes at once. Returns the names of the applied migrations. Throws when an
 * applied migration was edited or the database is newer than the code, and `unavailable` when Postgres cannot
 * be reached.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const names = await withMigrations(options, async (client, migrations) => {
    const applied: string[] = []
    for (;;) {
      const next = await applyNext(client, migrations)
      if (next === undefined) return applied
      applied.push(next.name)
      options.logger.debug({ migration: next.name }, 'applied migration')
    }
  })
  if (names.length > 0)
    options.logger.info({ migrations: names.length, schema: names.at(-1) }, 'migrated database')
  return names
}

/** The state of the schema, without any change to it. Throws like `migrate`. */
export function readSchemaStatus(options: MigrateOptions): Promise<SchemaStatus> {
  return withMigrations(options, async (client, migrations) => {
    const found = await client.query<{ known: boolean }>(
      "select to_regclass('migrations') is not null as known",
    )
    const recorded = found.rows[0]?.known ? await readRecorded(client) : []
    requireSameHistory(recorded, migrations)
    const names = migrations.map(({ name }) => name)
    return { applied: names.slice(0, recorded.length), pending: names.slice(recorded.length) }
  })
}

async function withMigrations<T>(
  { url, logger, folder }: MigrateOptions,
  work: (client: pg.Client, migrations: Migration[]) => Promise<T>,
): Promise<T> {
  const migrations = await readMigrations(folder ?? new URL('./migrations/', import.meta.url))
  // A separate connection: the pool's timeouts are for requests, and a migration may take longer.
  const client = new pg.Client({
    connectionString: url,
    application_name: 'darkroom migrate',
    connectionTimeoutMillis: 5_000,
    lock_timeout: lockMs,
  })
  client.on('error', error => logger.warn({ err: error }, 'lost the migration connection'))
  try {
    await client.connect()
    return await work(client, migrations)
  } catch (error) {
    throw translateDatabaseError(error)
  } finally {
    await client.end()
  }
}

/**
 * Applies the first migration that is not recorded, under the lock, and returns it; undefined when none is
 * left.
 */
async function applyNext(client: pg.Client, migrations: Migration[]): Promise<Migration | undefined> {
  await client.query('begin')
  try {
    await client.query('select pg_advisory_xact_lock($1)', [lockKey])
    await client.query(
      `create table if not exists migrations (
         number integer primary key,
         name text not null,
         checksum text not null,
         applied_at timestamptz not null default now()
       )`,
    )
    const recorded = await readRecorded(client)
    requireSameHistory(recorded, migrations)
    const next = migrations[recorded.length]
    if (next) {
      await client.query(next.sql)
      await client.query('insert into migrations (number, name, checksum) values ($1, $2, $3)', [
        next.number,
        next.name,
        next.checksum,
      ])
    }
    await client.query('commit')
    return next
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

async function readRecorded(client: pg.Client): Promise<Recorded[]> {
  const { rows } = await client.query<Recorded>(
    'select number, name, checksum from migrations order by number',
  )
  return rows
}

function requireSameHistory(recorded: Recorded[], migrations: Migration[]): void {
  for (const [index, row] of recorded.entries()) {
    const known = migrations[index]
    if (!known) {
      throw new Error(
        `The database is newer than this version of Darkroom, which does not have its migration ${row.name}. ` +
          'Install the newer version again.',
      )
    }
    if (known.number !== row.number || known.checksum !== row.checksum) {
      throw new Error(
        `Migration ${known.name} was edited after it was applied (as ${row.name}). Restore it and make the change ` +
          'in a new migration.',
      )
    }
  }
}

async function readMigrations(folder: URL): Promise<Migration[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      const number = Number(/^(\d{4})-[a-z0-9-]+\.sql$/.exec(name)?.[1])
      if (number !== index + 1) {
        throw new Error(`Migration ${name} is not named ${String(index + 1).padStart(4, '0')}-<words>.sql`)
      }
      // A checkout may convert line endings to CRLF, which is not an edit.
      const sql = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n')
      return { number, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}
