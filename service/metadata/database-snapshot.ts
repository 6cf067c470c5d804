import type { Readable } from 'node:stream'
import type pg from 'pg'
import { to } from 'pg-copy-streams'
import type { Logger } from '../telemetry/logger.ts'
import { type SecretTable, secretTables } from './master-key-rotation.ts'
import { withMigrationClient } from './migration-connection.ts'
import type { Migration } from './migration-files.ts'
import { listSavedTables, rowsSql, type SavedTable } from './saved-tables.ts'

/** A secret as it is stored, and what it was encrypted for. */
export interface EncryptedSecret {
  readonly encrypted: Buffer
  readonly context: string
}

/** The rows of a table as Postgres' text format for `COPY`. */
export interface CopiedRows {
  readonly stream: Readable
  /** The number of rows, after the end of the stream. */
  rows(): number
}

/** The database at one moment, while the service goes on to change it. */
export interface DatabaseSnapshot {
  readonly at: Date
  /** The migrations that were applied, in order. */
  readonly migrations: readonly Pick<Migration, 'number' | 'name' | 'checksum'>[]
  readonly tables: readonly SavedTable[]
  /** One secret that is encrypted with the master key; undefined when there is none. */
  readonly secret: EncryptedSecret | undefined
  copyTable(table: SavedTable): CopiedRows
  /**
   * The originals that belong to images which are ready or can be restored, in the order of users and images: user, image,
   * version, extension, bytes and SHA-256.
   */
  copyOriginals(): CopiedRows
  /** How many bytes these originals have together. */
  originalBytes(): Promise<number>
}

const originalsSql = `
  select user_id, id, original_version, extension, bytes, sha256 from images
  where extension is not null and sha256 is not null
    and (state = 'ready' or state = 'deleted' and keep_until is not null and purged_at is null)`

/**
 * Reads the database at one moment. Streams have to be read one after the other, to their ends. The work should be short:
 * Postgres keeps the rows that are replaced meanwhile. @throws DarkroomError `unavailable`
 */
export function withDatabaseSnapshot<T>(
  options: { readonly url: string; readonly logger: Logger },
  work: (snapshot: DatabaseSnapshot) => Promise<T>,
): Promise<T> {
  return withMigrationClient({ ...options, name: 'darkroom backup' }, async client => {
    await client.query('begin isolation level repeatable read read only')
    await client.query('set local statement_timeout = 0')
    await client.query('set local idle_in_transaction_session_timeout = 0')
    const { rows: times } = await client.query<{ at: Date }>('select now() as at')
    const { rows: migrations } = await client.query<Migration>(
      'select number, name, checksum from migrations order by number',
    )
    const result = await work({
      at: times[0]?.at ?? new Date(),
      migrations,
      tables: await listSavedTables(client),
      secret: await findSecret(client),
      copyTable: table => copyRows(client, rowsSql(table)),
      copyOriginals: () => copyRows(client, `${originalsSql} order by user_id, id`),
      originalBytes: () => sumBytes(client),
    })
    await client.query('rollback')
    return result
  })
}

function copyRows(client: pg.Client, sql: string): CopiedRows {
  const stream = client.query(to(`copy (${sql}) to stdout`))
  return { stream, rows: () => stream.rowCount }
}

async function sumBytes(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ bytes: number }>(
    `select coalesce(sum(bytes), 0)::float8 as bytes from (${originalsSql}) as originals`,
  )
  return rows[0]?.bytes ?? 0
}

async function findSecret(client: pg.Client): Promise<EncryptedSecret | undefined> {
  for (const { name, contextOf } of secretTables satisfies readonly SecretTable[]) {
    const { rows } = await client.query<{ userId: string; id: string; encrypted: Buffer }>(
      `select user_id as "userId", id, sealed_secret as encrypted from ${name} limit 1`,
    )
    for (const { userId, id, encrypted } of rows) return { encrypted, context: contextOf(userId, id) }
  }
  return undefined
}
