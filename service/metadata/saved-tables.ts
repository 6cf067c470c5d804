import type pg from 'pg'

/** A table of a backup, with the columns that its rows have in the backup. */
export interface SavedTable {
  readonly name: string
  readonly columns: readonly string[]
}

/**
 * The tables whose rows a backup leaves out. It has those of all others, so a new table is in the backup unless it is
 * added here.
 */
const leftOut: readonly string[] = [
  // the manifest names them
  'migrations',
  // derivatives are rendered again
  'derivatives',
  'stray_derivatives',
  // users log in again
  'sessions',
  'login_attempts',
  // for minutes, and about files that a backup does not have
  'direct_uploads',
  'image_downloads',
  'original_files',
]

/** Values that differ from those of the database, as SQL: a restored service has no derivatives. */
const replacedColumns: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  user_holdings: { derivatives: '0', derivative_bytes: '0' },
}

/** The tables of a backup. A table comes after those that it refers to. Generated columns are left out. */
export async function listSavedTables(client: pg.Client): Promise<SavedTable[]> {
  const { rows } = await client.query<SavedTable & { oid: number; parents: number[] }>(
    `select oid::int, relname::text as name, (
       select array_agg(attname::text order by attnum) from pg_attribute
       where attrelid = pg_class.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns,
       array(select confrelid::int from pg_constraint
             where contype = 'f' and conrelid = pg_class.oid and confrelid <> conrelid) as parents
     from pg_class
     where relkind = 'r' and relnamespace = (select relnamespace from pg_class where oid = 'migrations'::regclass)
       and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e') and relname <> all($1)
     order by relname`,
    [leftOut],
  )
  const sorted: typeof rows = []
  while (sorted.length < rows.length) {
    const isDone = (oid: number) =>
      sorted.some(table => table.oid === oid) || !rows.some(row => row.oid === oid)
    const next = rows.filter(row => !sorted.includes(row) && row.parents.every(isDone))
    if (next.length === 0) throw new Error('the tables of the database refer to each other in a circle')
    sorted.push(...next)
  }
  return sorted.map(({ name, columns }) => ({ name, columns }))
}

/** The SQL of a table's rows as a backup has them. */
export function rowsSql({ name, columns }: SavedTable): string {
  const replaced = replacedColumns[name] ?? {}
  const values = columns.map(column =>
    replaced[column] ? `${replaced[column]} as "${column}"` : `"${column}"`,
  )
  return `select ${values.join(', ')} from "${name}"`
}
