import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { fill } from '../../../bench/metadata/fill.ts'
import { type Database, openDatabase } from '../../metadata/database.ts'
import { randomId } from '../../metadata/ids.ts'
import { finishMigrations, migrate } from '../../metadata/migrate.ts'
import { recordMigration } from '../../metadata/migration-connection.ts'
import { type Migration, readMigrations } from '../../metadata/migration-files.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { copyDatabase, emptyDatabase } from '../support/services/postgres.ts'
import t from '../support/tap.ts'

/** The last migration of the last release: see CHANGELOG.md. Those after it run while that release serves requests. */
const released = 23
const userId = 'largeuser'
const size = {
  users: 40,
  images: 6_000,
  usageDays: 20,
  usageUsers: 10,
  usageNames: 30,
  deliveries: 1_000,
  failedJobs: 500,
  auditEntries: 1_000,
  files: 0,
}
/** A request has some statements, each of which may wait for one attempt to lock a table: half a second. */
const slowMs = 3_000
/** How long a statement of a request may wait for a lock, in milliseconds. */
const maxWaitMs = 1_200
/** The pause between two looks at waiting statements, in milliseconds. */
const lookMs = 20
/** The rows from which a table of the filled database counts as large, and how many of them a migration may read under a lock. */
const largeRows = 400
const fewRows = 100
/** The locks of a table that hold up reads or writes. */
const strongLocks = ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock']
const clients = 3

const logger = createLogger('silent')
const url = await emptyDatabase(t)

/** What the released version does for uploads, edits, deliveries and lists, with new ids each time. */
async function request(db: Database, turn: number): Promise<void> {
  const id = randomId(16)
  await db.query(
    `insert into images (id, user_id, state, title, tags, file_name) values ($1, $2, 'uploading', 'new', $3, 'a.jpg')`,
    [id, userId, ['lamp', `shop/${turn % 5}`]],
  )
  await db.query(
    `update images set state = 'ready', extension = 'jpg', format = 'jpg', width = 10, height = 10, pages = 1,
       bytes = 1000, sha256 = $2, facts = '{}' where id = $1 and state = 'uploading'`,
    [id, id.padEnd(64, '0')],
  )
  await db.query(`update images set ingested_at = now(), insight = '{}' where id = $1`, [id])
  await db.query(
    `with held as (select user_id, id from images where id = $1 and state = 'ready' for share)
     insert into derivatives (user_id, image_id, file_name, format, width, height, bytes, etag, cost_ms)
     select user_id, id, id || '.jpg', 'jpg', 10, 10, 100, 'e', 5 from held`,
    [id],
  )
  // an image from before, which loses and gets tags
  const [old] = await db.query<{ id: string }>(
    `select id from images where user_id = $1 and state = 'ready' and id > $2 order by id limit 1`,
    [userId, id],
  )
  await db.query(`update images set tags = $2 where id = $1 and state = 'ready'`, [
    old?.id,
    turn % 2 ? [] : ['new'],
  ])
  if (turn % 3 === 0)
    await db.query(
      `update images set state = 'deleted', deleted_at = now(), keep_until = now() + interval '7 days'
       where id = $1 and state = 'ready'`,
      [old?.id],
    )
  await db.query(
    `select id, title from images where user_id = $1 and state = 'ready' order by created_at desc, id desc limit 51`,
    [userId],
  )
  await db.query(
    `insert into usage_days (user_id, day, requests, memory, store, miss, shared, bytes, developments, cpu_ms, errors)
     values ($1, current_date, 1, 1, 1, 1, 1, 1, 1, 1, 1)
     on conflict (user_id, day) do update set requests = usage_days.requests + 1`,
    [userId],
  )
}

/** Sends requests until it is ended. @returns how many there were, the longest in milliseconds, and the failures */
function load(db: Database) {
  const failures: unknown[] = []
  let [turn, longestMs, ended] = [0, 0, false]
  const work = async () => {
    while (!ended) {
      const begun = performance.now()
      await request(db, turn++).catch(error => failures.push(error))
      longestMs = Math.max(longestMs, performance.now() - begun)
    }
  }
  const working = Promise.all(Array.from({ length: clients }, work))
  return async () => {
    ended = true
    await working
    return { turns: turn, longestMs, failures }
  }
}

/** Looks at the statements that wait for locks until it is ended. @returns the longest wait of a request, in milliseconds */
function watchWaits(db: Database) {
  let [longestMs, ended] = [0, false]
  const watching = (async () => {
    for (; !ended; await setTimeout(lookMs)) {
      const [wait] = await db.query<{ ms: number | null }>(
        `select (extract(epoch from max(clock_timestamp() - waitstart)) * 1000)::float8 as ms
         from pg_locks join pg_stat_activity using (pid)
         where not granted and datname = current_database() and application_name <> 'darkroom migrate'`,
      )
      longestMs = Math.max(longestMs, wait?.ms ?? 0)
    }
  })()
  return async () => {
    ended = true
    await watching
    return longestMs
  }
}

/** SQL for the number of rows of a table that the session has read. */
const readSql = (table: string) =>
  `select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relid = ${table}`

/** Runs a migration, and says what it does to large tables while it holds a lock that requests need. */
async function faultsOf(client: pg.Client, migration: Migration): Promise<string[]> {
  // the statistics of a transaction include those of earlier ones that were not written yet
  const before = await client.query<{ oid: number; file: number; read: number }>(
    `select oid, pg_relation_filenode(oid) as file, (${readSql('oid')})::float8 as read from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples >= ${largeRows}`,
  )
  await client.query('begin')
  await client.query(migration.sql)
  const { rows } = await client.query<{ name: string; isRewritten: boolean; read: number }>(
    `select relname as name, pg_relation_filenode(oid) is distinct from file as "isRewritten",
       (select sum((${readSql('id')})) from unnest($1::oid[]) as id)::float8 as read
     from unnest($1::oid[], $2::bigint[]) as large (table_id, file) join pg_class on oid = table_id
     where exists (select from pg_locks where relation = oid and pid = pg_backend_pid() and mode = any($3))`,
    [before.rows.map(({ oid }) => oid), before.rows.map(({ file }) => file), strongLocks],
  )
  await client.query('commit')
  await recordMigration(client, migration)
  const readBefore = before.rows.reduce((sum, { read }) => sum + read, 0)
  return rows
    .filter(({ isRewritten, read }) => isRewritten || read - readBefore > fewRows)
    .map(({ name, isRewritten, read }) => {
      const what = isRewritten ? 'rewrites it' : `reads ${read - readBefore} rows of large tables`
      return `${migration.name} locks ${name} and ${what}`
    })
}

const all = new URL('../../metadata/migrations/', import.meta.url)

/** Fills the database of the last release. */
async function prepare(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-released-'))
  t.teardown(() => rm(folder, { recursive: true }))
  for (const name of (await readdir(all)).sort().slice(0, released))
    await copyFile(new URL(name, all), join(folder, name))
  await migrate({ url, logger, folder: pathToFileURL(`${folder}/`) })

  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    `insert into users (id, email, password_hash, role) values ($1, 'large', 'x', 'member')`,
    [userId],
  )
  await fill(client, { size, largeUser: userId })
  await client.end()
}

await prepare()

t.test('no migration reads or rewrites a large table under a lock that requests need', async t => {
  const client = new pg.Client({ connectionString: await copyDatabase(t, url) })
  await client.connect()
  t.teardown(() => client.end())
  const faults: string[] = []
  for (const migration of (await readMigrations(all)).slice(released))
    if (!migration.steps) faults.push(...(await faultsOf(client, migration)))
  t.same(faults, [])

  const bad = { number: 9_999, checksum: '', steps: undefined, isDayLater: false }
  const sqls = [
    'create index images_badly on images (width)',
    'alter table images add constraint badly check (width > 0)',
    'alter table images alter column width type bigint',
  ]
  for (const [index, sql] of sqls.entries()) {
    const found = await faultsOf(client, { ...bad, number: bad.number + index, name: 'bad', sql })
    t.equal(found.length, 1, sql)
  }
})

t.test('a filled database of the last release is migrated while requests go on', async t => {
  const db = openDatabase({ url, logger, maxConnections: clients })
  t.teardown(() => db.close())
  const watcher = openDatabase({ url, logger, maxConnections: 1 })
  t.teardown(() => watcher.close())
  const end = load(db)
  const endWatch = watchWaits(watcher)
  const applied = [...(await migrate({ url, logger })), ...(await finishMigrations({ url, logger }))]
  // a day later
  await db.query(`update migrations set applied_at = applied_at - interval '25 hours'`)
  applied.push(...(await finishMigrations({ url, logger })))
  const { turns, longestMs, failures } = await end()
  const waitedMs = await endWatch()
  t.equal(applied.length, (await readdir(all)).length - released)
  t.same(failures, [])
  t.ok(turns > 10, `${turns} requests`)
  t.ok(waitedMs < maxWaitMs, `a statement waited ${Math.round(waitedMs)} ms for a lock`)
  t.ok(longestMs < slowMs, `the longest request took ${Math.round(longestMs)} ms`)

  const tags = () => db.query('select * from image_tag_counts order by user_id, tag')
  const counted = await tags()
  await db.query('select recount_image_tags()')
  t.same(counted, await tags(), 'the counts of tags are right')
  const wrong = await db.query(
    `select user_id from user_holdings full join (
       select user_id, count(*) filter (where state = 'ready') as images, sum(bytes) filter (where state = 'ready') as bytes
       from images where state = 'ready' or state = 'deleted' and keep_until is not null and purged_at is null
       group by user_id) as held using (user_id)
     where user_holdings.images is distinct from held.images or user_holdings.image_bytes <> held.bytes`,
  )
  t.same(wrong, [], 'the counts of holdings are right')
  t.same(
    await db.query('select kind from tasks'),
    [{ kind: 'purged-images' }],
    'a task clears rows of purged images',
  )
  const miscounted = await db.query(
    `select user_id from user_holdings full join (
       select user_id, count(*) as derivatives, sum(bytes) as bytes from derivatives group by user_id) as held using (user_id)
     where user_holdings.derivatives <> coalesce(held.derivatives, 0)
       or user_holdings.derivative_bytes <> coalesce(held.bytes, 0)`,
  )
  t.same(miscounted, [], 'the counts of derivatives are right')
})
