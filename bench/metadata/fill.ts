import type pg from 'pg'
import { type Columns, derivativeColumns, imageColumns, imageIdSql, random } from './columns.ts'
import { campaignImages, type FillSize } from './sizes.ts'
import { tableStatements } from './tables.ts'

/** Images in one statement, so that none takes long. */
const chunk = 25_000
/** The images of three years. */
const days = 1_095

export interface FillOptions {
  readonly size: FillSize
  /** The id of the user who has a quarter of all images; the user exists. */
  readonly largeUser: string
  readonly report?: (what: string) => void
}

/**
 * Fills the tables of a database with what a large site has, in the order in which a site writes it. It takes any schema
 * from the first version on, because columns that it does not have are left out. Triggers run, so that counters are right.
 */
export async function fill(client: pg.Client, options: FillOptions): Promise<void> {
  const { size, report = () => {} } = options
  await prepare(client, options)
  const rebuild = [
    ...(await dropConstraints(client, 'derivatives')),
    ...(await dropIndexes(client, ['images', 'derivatives'])),
  ]
  for (let from = 0; from < size.images; from += chunk) {
    const to = Math.min(from + chunk, size.images)
    await insertImages(client, from, to, size.images)
    await insertDerivatives(client, from, to)
    if (to % (chunk * 8) === 0) report(`${to} images`)
  }
  for (const statement of tableStatements(size)) await client.query(statement)
  report('indexes')
  await client.query(`set maintenance_work_mem = '512MB'`)
  for (const statement of rebuild) await client.query(statement)
  report('statistics')
  await client.query('vacuum (analyze)')
  report('done')
}

/** Temporary functions and tables: random numbers, the users by number, and facts of this fill. */
async function prepare(client: pg.Client, { size, largeUser }: FillOptions): Promise<void> {
  await client.query('set synchronous_commit = off')
  await client.query(
    `create function pg_temp.unit(n bigint, salt integer) returns double precision language sql immutable parallel safe
       return ((hashint8extended(n, salt) >> 11) & 4503599627370495) / 4503599627370496.0::double precision`,
  )
  await client.query(
    `create temporary table fill as select date_trunc('day', now()) as today, ${campaignImages(size)} as campaign`,
  )
  await client.query(
    `insert into users (id, email, password_hash, role, created_at)
     select 'bench' || lpad(n::text, 6, '0'), 'bench' || n || '@example.com', 'x', 'member',
       (select today from pg_temp.fill) - n * interval '1 day'
     from generate_series(1, $1::integer) as n`,
    [size.users - 1],
  )
  await client.query(
    `create temporary table people as
     select 0 as k, '${largeUser}' as id
     union all select n, 'bench' || lpad(n::text, 6, '0') from generate_series(1, ${size.users - 1}) as n`,
  )
  await client.query('analyze pg_temp.people')
}

/** @param count the number of all images, over which their times are spread */
async function insertImages(client: pg.Client, from: number, to: number, count: number): Promise<void> {
  const { names, values } = await presentColumns(client, 'images', imageColumns)
  await client.query(
    `insert into images (${names})
     select ${values} from (
       select n, id as owner, s, f, today, at, least(at + interval '20 days', today - interval '1 hour') as deleted_at
       from (
         select n, ${random('n', 1)} as s, ${random('n', 2)} as f,
           today - interval '1 day' * (${days}::float8 * (${count} - n) / ${count}) as at, today,
           -- a few users have most of the other images
           case when n % 4 = 0 then 0 else 1 + floor(power(${random('n', 3)}, 3) * (people - 1))::integer end as owner_number
         from generate_series(${from}::bigint, ${to - 1}) as n,
           (select today, (select count(*) from pg_temp.people) as people from pg_temp.fill) as facts
       ) as numbered join pg_temp.people on k = owner_number
     ) as drawn order by n`,
  )
}

/** About five derivatives of each ready image. */
async function insertDerivatives(client: pg.Client, from: number, to: number): Promise<void> {
  const { names, values } = await presentColumns(client, 'derivatives', derivativeColumns)
  await client.query(
    `insert into derivatives (${names})
     select ${values} from (
       select images.*, n from generate_series(${from}::bigint, ${to - 1}) as n
       join images on images.id = ${imageIdSql('n')} where state = 'ready'
     ) as i, generate_series(1, 1 + floor(${random('i.n', 4)} * 8.2)::integer) as k
     order by i.n, k`,
  )
}

async function presentColumns(client: pg.Client, table: string, columns: Columns) {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
    [table],
  )
  const present = new Set(rows.map(({ name }) => name))
  const chosen = Object.entries(columns).filter(([name]) => present.has(name))
  return { names: chosen.map(([name]) => name).join(', '), values: chosen.map(([, sql]) => sql).join(', ') }
}

/** Drops the primary key and foreign keys of a table that no other one refers to. @returns the statements that add them again */
async function dropConstraints(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select format('%I', conname) as name, pg_get_constraintdef(oid) as definition from pg_constraint
     where conrelid = $1::regclass and contype in ('p', 'f') order by contype desc`,
    [table],
  )
  for (const { name } of rows) await client.query(`alter table ${table} drop constraint ${name}`)
  return rows.map(({ name, definition }) => `alter table ${table} add constraint ${name} ${definition}`)
}

/** Drops the indexes that no constraint needs. @returns the statements that create them again */
async function dropIndexes(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
     where indrelid = any($1::regclass[]) and not indisunique`,
    [tables],
  )
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.map(({ definition }) => definition)
}
