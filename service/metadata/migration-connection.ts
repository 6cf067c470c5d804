import pg from 'pg'
import type { Logger } from '../telemetry/logger.ts'
import { translateDatabaseError } from './database-errors.ts'
import type { Migration } from './migration-files.ts'

/** A migration that is recorded in the database. */
export interface RecordedMigration extends Pick<Migration, 'number' | 'name' | 'checksum'> {
  readonly isDayOld: boolean
  /** The last migration of the oldest version that works with it; 0 when all versions do. */
  readonly needs: number
}

/**
 * Runs work with a connection of its own: the pool's timeouts are for requests, and a migration may take longer. It has no
 * settings of its own either, so that it works through PgBouncer. The server lists it under its name. Throws the catalogue's
 * errors.
 */
export async function withMigrationClient<T>(
  { url, logger, name = 'darkroom migrate' }: { url: string; logger: Logger; name?: string },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  client.on('error', error => logger.warn({ err: error }, 'lost the migration connection'))
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    throw translateDatabaseError(error)
  } finally {
    await client.end()
  }
}

/**
 * The recorded migrations, in order; none when the database is empty.
 * @throws Error when one was edited afterwards, or a newer version has made the database unusable for this one
 */
export async function readHistory(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<RecordedMigration[]> {
  const found = await client.query<{ known: boolean }>(
    "select to_regclass('migrations') is not null as known",
  )
  if (!found.rows[0]?.known) return []
  const { rows } = await client.query<RecordedMigration>(
    // the column is missing before migration 0053
    `select number, name, checksum, applied_at < now() - interval '1 day' as "isDayOld",
       coalesce((to_jsonb(migrations) ->> 'needs')::integer, 0) as needs
     from migrations order by number`,
  )
  for (const row of rows) requireUsable(row, migrations)
  return rows
}

function requireUsable(row: RecordedMigration, migrations: readonly Migration[]): void {
  const known = migrations[row.number - 1]
  if (!known) {
    if (row.needs <= migrations.length) return
    throw new Error(
      `The database is newer than this version of Darkroom, which does not have its migration ${row.name}. ` +
        'Install the newer version again.',
    )
  }
  if (known.checksum !== row.checksum) {
    throw new Error(
      `Migration ${known.name} was edited after it was applied (as ${row.name}). Restore it and make the change ` +
        'in a new migration.',
    )
  }
}

/** Records that a migration is applied. */
export async function recordMigration(
  client: pg.Client,
  { number, name, checksum, needs }: Migration,
): Promise<void> {
  const values = [number, name, checksum]
  // the column is missing before migration 0053, and only later ones need it
  await (needs === undefined
    ? client.query('insert into migrations (number, name, checksum) values ($1, $2, $3)', values)
    : client.query('insert into migrations (number, name, checksum, needs) values ($1, $2, $3, $4)', [
        ...values,
        needs,
      ]))
}

/** The migrations that are not recorded. */
export function unrecorded(
  migrations: readonly Migration[],
  recorded: readonly RecordedMigration[],
): Migration[] {
  const numbers = new Set(recorded.map(({ number }) => number))
  return migrations.filter(({ number }) => !numbers.has(number))
}

/** The migrations that build or drop indexes now: those of `a day later` wait until the migration before them is a day old. */
export function dueConcurrently(
  migrations: readonly Migration[],
  recorded: readonly RecordedMigration[],
): Migration[] {
  const isDue = ({ number, isDayLater }: Migration) =>
    !isDayLater || recorded.some(before => before.number === number - 1 && before.isDayOld)
  return unrecorded(migrations, recorded).filter(one => one.steps !== undefined && isDue(one))
}
