import { readFile } from 'node:fs/promises'
import { createLogger } from '../telemetry/logger.ts'
import { freshDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { until } from '../test/support/until.ts'
import { openDatabase } from './database.ts'
import { DirectUploadRepository } from './direct-uploads.ts'
import { ImageCleanupRepository } from './image-cleanup.ts'
import { ImageRepository } from './images.ts'
import { ImportRepository } from './imports.ts'
import { OriginalFileRepository } from './original-files.ts'
import { QuotaRepository } from './quotas.ts'
import { createTestImage, createTestUser, testContent } from './records.test.data.ts'
import { TaskListRepository } from './task-list.ts'
import { TaskRepository } from './tasks.ts'
import type { UserLimits } from './user-limits.ts'
import { UserRepository } from './users.ts'

const url = await freshDatabase(t)
const connections = 8
// two pools, like two processes
const pools = [1, 2].map(() =>
  openDatabase({ url, logger: createLogger('warn'), maxConnections: connections }),
)
t.teardown(() => Promise.all(pools.map(pool => pool.close())))
const db = pools[0]!
const images = new ImageRepository(db)
const quotas = new QuotaRepository(db)
const cleanup = new ImageCleanupRepository(db)
const labels = { title: '', tags: [] }

async function limitedUser(limits: UserLimits): Promise<string> {
  const id = await createTestUser(db)
  await new UserRepository(db).update(id, { limits })
  return id
}

/**
 * How many of so many calls succeed, as many at a time as there are connections, half of them on each pool. Others must fail
 * with `over-limit`.
 */
async function countSuccesses(count: number, call: (pool: typeof db, index: number) => Promise<unknown>) {
  let [next, successes] = [0, 0]
  const runLane = async (pool: typeof db) => {
    while (next < count) {
      const isRefused = await call(pool, next++).then(
        () => false,
        error => (error.code === 'over-limit' ? true : Promise.reject(error)),
      )
      if (!isRefused) successes++
    }
  }
  await Promise.all(Array.from({ length: 2 * connections }, (_, lane) => runLane(pools[lane % 2]!)))
  return successes
}

const upload = async (pool: typeof db, userId: string, bytes: number) => {
  const repository = new ImageRepository(pool)
  return repository.completeUpload(await repository.beginUpload(userId, labels), { ...testContent, bytes })
}

const start = (pool: typeof db, userId: string, id: string, bytes: number) =>
  new DirectUploadRepository(pool).create(
    id,
    userId,
    { ...labels, bytes, sha256: testContent.sha256, fileName: null, alt: null, metadata: {} },
    60_000,
  )

t.test('concurrent uploads never exceed a quota', async t => {
  const few = await limitedUser({ images: 10 })
  t.equal(await countSuccesses(200, pool => upload(pool, few, 1)), 10)
  t.match(await quotas.findHoldings(few), { images: 10, storageBytes: 10 })
  const small = await limitedUser({ storageBytes: 1_000 })
  t.equal(await countSuccesses(60, pool => upload(pool, small, 300)), 3)
  t.match(await quotas.findHoldings(small), { images: 3, storageBytes: 900 })
  await t.rejects(upload(db, small, 101), { message: 'storageBytes: at most 1000, 900 are in use' })
})

t.test('concurrent uploads and direct uploads never exceed a quota together', async t => {
  const user = await limitedUser({ images: 6, storageBytes: 100_000 })
  const direct = await countSuccesses(4, (pool, index) => start(pool, user, `direct${index}`, 10))
  t.equal(direct, 4)
  const more = await countSuccesses(40, (pool, index) =>
    index % 4 < 2 ? upload(pool, user, 10) : start(pool, user, `more${index}of${user}`, 10),
  )
  t.equal(more, 2)
  const [row] = await db.query<{ id: string }>(
    'select id from direct_uploads where user_id = $1 and id like $2',
    [user, 'direct%'],
  )
  const rows = new DirectUploadRepository(db)
  const imageId = await rows.claim({ id: row!.id, imageId: null }, 60_000)
  await images.completeUpload(await images.beginUpload(user, labels, undefined, imageId), {
    ...testContent,
    bytes: 10,
  })
  t.pass('a pending upload becomes an image in the place that it has reserved')
})

t.test('concurrent restores and replacements never exceed a quota', async t => {
  const user = await limitedUser({ images: 3, storageBytes: 1_000 })
  const ids: string[] = []
  for (let index = 0; index < 6; index++) {
    const { id } = await upload(db, user, 100)
    ids.push(id)
    await images.softDelete(user, id, 60_000)
  }
  t.match(await quotas.findHoldings(user), { images: 0, deletedImages: 6, storageBytes: 600 })
  t.equal(await countSuccesses(6, (pool, index) => new ImageRepository(pool).restore(user, ids[index]!)), 3)
  t.match(await quotas.findHoldings(user), { images: 3, deletedImages: 3, storageBytes: 600 })

  const { items } = await images.list(user, { limit: 3 })
  const replace = (pool: typeof db, id: string, bytes: number) =>
    pool.transaction(async transaction => {
      const files = new OriginalFileRepository(transaction)
      const version = await files.begin(user, id, testContent)
      const original = { content: { ...testContent, bytes }, fileName: null }
      return files.complete(user, id, version!, original)
    })
  t.equal(await countSuccesses(3, (pool, index) => replace(pool, items[index]!.id, 300)), 2)
  t.match(await quotas.findHoldings(user), { images: 3, storageBytes: 1_000 })
  await new UserRepository(db).update(user, { limits: { images: 1, storageBytes: 1 } })
  await replace(db, items[0]!.id, 50)
  t.pass('a smaller original is allowed although the limits are exceeded')
})

t.test('concurrent imports never exceed their limit', async t => {
  const user = await createTestUser(db)
  const image = { url: 'http://127.0.0.2/a.png', reference: null, labels }
  const create = (_: unknown, index: number) =>
    pools[index % 2]!.transaction(async transaction => {
      await new TaskRepository(transaction).requireRoom(user)
      const task = { kind: 'import', key: `import${index}`, userId: user, subject: '1 image', payload: {} }
      return new ImportRepository(transaction).create(task, [image])
    })
  const results = await Promise.allSettled(Array.from({ length: 2 * connections }, create))
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 10)
  const refused = results.flatMap(result => (result.status === 'rejected' ? [result.reason.code] : []))
  t.strictSame(new Set(refused), new Set(['too-many-requests']))
})

t.test('concurrent tasks never exceed their limit, created or retried', async t => {
  const user = await createTestUser(db)
  const taskOf = (key: string) => ({ kind: 'purge', key, userId: user, subject: '', payload: {} })
  const ids: string[] = []
  for (let index = 0; index < 8; index++)
    ids.push(await new TaskRepository(db).create(taskOf(`failed${index}`)))
  const why = `state = 'failed', code = 'internal', detail = '', finished_at = now()`
  await db.query(`update tasks set ${why} where user_id = $1`, [user])
  for (let index = 0; index < 95; index++) await new TaskRepository(db).create(taskOf(`waiting${index}`))
  const request = (_: unknown, index: number) =>
    pools[index % 2]!.transaction(async transaction => {
      await new TaskRepository(transaction).requireRoom(user)
      const id = ids[index]
      if (id === undefined) await new TaskRepository(transaction).create(taskOf(`new${index}`))
      else await new TaskListRepository(transaction).retry(id)
    })
  const results = await Promise.allSettled(Array.from({ length: 2 * connections }, request))
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 5)
  const refused = results.flatMap(result => (result.status === 'rejected' ? [result.reason.code] : []))
  t.strictSame(new Set(refused), new Set(['too-many-requests']))
})

t.test('deleted images count until their objects are gone', async t => {
  const user = await createTestUser(db)
  const [kept, gone] = [await upload(db, user, 5), await upload(db, user, 7)]
  await images.softDelete(user, kept.id, 0)
  t.match(await quotas.findHoldings(user), { images: 1, deletedImages: 1, storageBytes: 12 })
  await cleanup.markPurged(kept.id)
  t.match(await quotas.findHoldings(user), { images: 1, deletedImages: 0, storageBytes: 7 })
  await images.deletePermanently(user, gone.id)
  t.match(await quotas.findHoldings(user), { images: 0, deletedImages: 0, storageBytes: 0 })
})

t.test('one statement for images of several users counts for each of them', async t => {
  const users = [await createTestUser(db), await createTestUser(db)]
  for (const user of users)
    for (const title of ['a', 'b']) await createTestImage(db, user, title, { bytes: 3 })
  await db.query(`update images set bytes = 4 where user_id = any($1) and title = 'a'`, [users])
  await db.query(`delete from images where user_id = any($1) and title = 'b'`, [users])
  for (const user of users) t.match(await quotas.findHoldings(user), { images: 1, storageBytes: 4 })
  await db.query('delete from users where id = $1', [users[0]])
  t.equal(await quotas.findHoldings(users[0]!), undefined)
})

t.test('the repair corrects wrong counts while uploads go on, and is never refused', async t => {
  const user = await limitedUser({ images: 20 })
  for (const title of ['a', 'b', 'c']) await createTestImage(db, user, title, { bytes: 10 })
  await db.query(
    'update user_holdings set images = 1, image_bytes = 700, deleted_images = 4 where user_id = $1',
    [user],
  )
  await new UserRepository(db).update(user, { limits: { images: 2 } })
  const before = new Date(Date.now() + 1_000)
  t.ok((await quotas.listUnchecked(before)).includes(user))
  t.strictSame(await quotas.repair(user), { userId: user, images: 2, deletedImages: -4, storageBytes: -670 })
  t.equal(await quotas.repair(user), undefined)
  await new UserRepository(db).update(user, { limits: { images: 20 } })
  await Promise.all([
    ...Array.from({ length: 12 }, (_, index) => upload(pools[index % 2]!, user, 10)),
    ...pools.flatMap(pool => [
      new QuotaRepository(pool).repair(user),
      new QuotaRepository(pool).repair(user),
    ]),
  ])
  t.match(await quotas.findHoldings(user), { images: 15, deletedImages: 0, storageBytes: 150 })
  t.notOk((await quotas.listUnchecked(new Date(Date.now() - 60_000))).includes(user))
})

t.test('the repair counts derivatives in pages, and corrects their counts once', async t => {
  const user = await createTestUser(db)
  for (const title of ['a', 'b']) {
    const { id } = await createTestImage(db, user, title, { bytes: 1 })
    await db.query(
      `insert into derivatives (user_id, image_id, file_name, format, width, height, bytes, etag, cost_ms)
       select $1, $2, 'w=' || number, 'webp', 1, 1, 10, 'e', 1 from generate_series(1, 5) as number`,
      [user, id],
    )
  }
  const repair = (pageSize: number, signal = new AbortController().signal) =>
    quotas.repairDerivatives(user, signal, pageSize)
  for (const pageSize of [3, 5, 100]) t.equal(await repair(pageSize), undefined, `${pageSize} a page`)
  await db.query('update user_holdings set derivatives = 12, derivative_bytes = 70 where user_id = $1', [
    user,
  ])
  await t.rejects(repair(3, AbortSignal.abort(new Error('stopped'))), { message: 'stopped' })
  t.strictSame(await repair(3), { userId: user, derivatives: -2, derivativeBytes: 30 })
  t.match(await quotas.findHoldings(user), { derivatives: 10, derivativeBytes: 100 })
  t.equal(await repair(3), undefined)
  await db.query('delete from user_holdings where user_id = $1', [user])
  t.match(await repair(3), { derivatives: 10, derivativeBytes: 100 }, 'a user without counts')
})

t.test('the migrations that count what users store ignore a user who is deleted meanwhile', async t => {
  for (const name of ['0032-count-holdings.sql', '0047-count-derivatives.sql']) {
    const sql = await readFile(new URL(`migrations/${name}`, import.meta.url), 'utf8')
    const user = await createTestUser(db)
    await createTestImage(db, user)
    const isBlocked = async () =>
      (await db.query('select from pg_locks where not granted and locktype = $1', ['transactionid'])).length >
      0
    const counted = await db.transaction(async transaction => {
      await transaction.query('delete from users where id = $1', [user])
      const counting = pools[1]!.query(sql).then(
        () => 'counted',
        error => error,
      )
      await until('the migration waits for the deletion', 5_000, isBlocked)
      return { counting }
    })
    t.equal(await counted.counting, 'counted', name)
  }
})
