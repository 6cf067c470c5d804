import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { fill } from '../../../bench/metadata/fill.ts'
import { type Database, openDatabase } from '../../metadata/database.ts'
import { randomId } from '../../metadata/ids.ts'
import { finishMigrations, migrate } from '../../metadata/migrate.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { emptyDatabase } from '../support/services/postgres.ts'
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
/** A statement of a request takes some milliseconds, and one attempt to lock a table half a second. */
const slowMs = 3_000
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

t.test('a filled database of the last release is migrated while requests go on', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'darkroom-released-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const all = new URL('../../metadata/migrations/', import.meta.url)
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

  const db = openDatabase({ url, logger, maxConnections: clients })
  t.teardown(() => db.close())
  const end = load(db)
  const applied = [...(await migrate({ url, logger })), ...(await finishMigrations({ url, logger }))]
  // a day later
  await db.query(`update migrations set applied_at = applied_at - interval '25 hours'`)
  applied.push(...(await finishMigrations({ url, logger })))
  const { turns, longestMs, failures } = await end()
  t.equal(applied.length, (await readdir(all)).length - released)
  t.same(failures, [])
  t.ok(turns > 10, `${turns} requests`)
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
  const miscounted = await db.query(
    `select user_id from user_holdings full join (
       select user_id, count(*) as derivatives, sum(bytes) as bytes from derivatives group by user_id) as held using (user_id)
     where user_holdings.derivatives <> coalesce(held.derivatives, 0)
       or user_holdings.derivative_bytes <> coalesce(held.bytes, 0)`,
  )
  t.same(miscounted, [], 'the counts of derivatives are right')
})
