import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from } from 'pg-copy-streams'
import type { MigrateOptions } from './migrate.ts'
import { withMigrationClient } from './migration-connection.ts'
import type { ImageName } from './object-names.ts'
import type { SavedTable } from './saved-tables.ts'

/** What a database has before a backup is restored into it. */
export interface DatabaseState {
  /** Whether it has the tables of Darkroom, or has no tables at all. */
  readonly schema: 'none' | 'darkroom' | 'other'
  /** The numbers of the applied migrations. */
  readonly applied: readonly number[]
  /** Whether there are users. */
  readonly isFilled: boolean
  /** The id of the backup that it was restored from. */
  readonly restoredFrom: string | undefined
  /** How many connections of a service there are. */
  readonly connections: number
}

const restoredFrom = 'restored from backup '
const named = (options: MigrateOptions) => ({ ...options, name: 'darkroom restore' })

/** @throws DarkroomError `unavailable` */
export function readDatabaseState(options: MigrateOptions): Promise<DatabaseState> {
  return withMigrationClient(named(options), async client => {
    const { rows } = await client.query<{ schema: DatabaseState['schema']; connections: number }>(
      `select case when to_regclass('migrations') is not null and to_regclass('users') is not null then 'darkroom'
         when exists (select from pg_class where relkind = 'r' and relnamespace = current_schema()::regnamespace
           and relname <> 'migrations' and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e'))
         then 'other' else 'none' end as schema,
         (select count(*)::int from pg_stat_activity
          where datname = current_database() and application_name = 'darkroom') as connections`,
    )
    const { schema = 'none', connections = 0 } = rows[0] ?? {}
    const none = { schema, connections, applied: [], isFilled: false, restoredFrom: undefined }
    if (schema !== 'darkroom') return none
    const found = await client.query<{ isFilled: boolean; comment: string | null; applied: number[] }>(
      `select exists (select from users) as "isFilled", obj_description('migrations'::regclass) as comment,
         array(select number from migrations order by number) as applied`,
    )
    const { isFilled = false, comment = null, applied = [] } = found.rows[0] ?? {}
    const id = comment?.startsWith(restoredFrom) ? comment.slice(restoredFrom.length) : undefined
    return { ...none, isFilled, applied, restoredFrom: id }
  })
}

/** Deletes everything in the schema of the connection. */
export async function clearDatabase(options: MigrateOptions): Promise<void> {
  await withMigrationClient(named(options), async client => {
    const { rows } = await client.query<{ name: string }>(`select quote_ident(current_schema()) as name`)
    const name = rows[0]?.name
    await client.query('begin')
    await client.query(`drop schema ${name} cascade`)
    await client.query(`create schema ${name}`)
    await client.query('commit')
  })
}

export interface BackupRows {
  /** The id of the backup, which the database keeps. */
  readonly backup: string
  /** In an order in which a table comes after those that it refers to. */
  readonly tables: readonly SavedTable[]
  /** The rows of a table, in the text format of `COPY`. */
  readonly open: (table: SavedTable) => Readable
  /** Images that were deleted before their original was copied. */
  readonly deleted: readonly ImageName[]
}

/** How many images one statement marks as deleted. */
const batchSize = 1_000

/**
 * Fills an empty database that has the schema of the backup, in one transaction. Triggers do not run, as the backup has the
 * rows that they would write.
 */
export async function loadDatabase(
  options: MigrateOptions,
  { backup, tables, open, deleted }: BackupRows,
  signal: AbortSignal,
): Promise<void> {
  await withMigrationClient(named(options), async client => {
    await client.query('begin')
    await client.query('set local statement_timeout = 0')
    await client.query('set local idle_in_transaction_session_timeout = 0')
    await client.query(`set local maintenance_work_mem = '256MB'`)
    await client.query(`truncate ${tables.map(({ name }) => `"${name}"`).join(', ')} cascade`)
    for (const table of tables) await loadTable(client, table, open(table), signal)
    for (let first = 0; first < deleted.length; first += batchSize)
      await markDeleted(client, deleted.slice(first, first + batchSize))
    await client.query(`comment on table migrations is '${restoredFrom}${backup}'`)
    await client.query('commit')
    await client.query('analyze')
  })
}

async function loadTable(
  client: pg.Client,
  { name, columns }: SavedTable,
  rows: Readable,
  signal: AbortSignal,
): Promise<void> {
  await client.query(`alter table "${name}" disable trigger user`)
  const indexes = await dropIndexes(client, name)
  const list = columns.map(column => `"${column}"`).join(', ')
  await pipeline(rows, client.query(from(`copy "${name}" (${list}) from stdin`)), { signal })
  for (const sql of indexes) await client.query(sql)
  await client.query(`alter table "${name}" enable trigger user`)
}

/**
 * Drops the indexes that belong to no constraint: with those that are built after the rows, a restore takes half of the time.
 * @returns their SQL
 */
async function dropIndexes(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; sql: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as sql from pg_index
     where indrelid = $1::regclass and not exists (select from pg_constraint where conindid = indexrelid) order by 1`,
    [`"${table}"`],
  )
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.map(({ sql }) => sql)
}

/** With the triggers, which count the images. */
async function markDeleted(client: pg.Client, images: readonly ImageName[]): Promise<void> {
  await client.query(
    `update images set state = 'deleted', deleted_at = now(), keep_until = null
     from unnest($1::text[], $2::text[]) as gone (user_id, id)
     where images.user_id = gone.user_id and images.id = gone.id`,
    [images.map(({ userId }) => userId), images.map(({ imageId }) => imageId)],
  )
}
