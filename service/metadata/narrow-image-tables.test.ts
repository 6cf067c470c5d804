import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { DuplicateRepository } from './duplicates.ts'
import { ImageCleanupRepository } from './image-cleanup.ts'
import { ImageRepository } from './images.ts'
import { IngestResultRepository } from './ingest-results.ts'
import { PurgeRepository } from './purges.ts'
import { createTestImage, createTestUser } from './records.test.data.ts'

const db = await migratedDatabase(t)
const images = new ImageRepository(db)
const results = new IngestResultRepository(db)
const purges = new PurgeRepository(db)

/** Which of the narrow tables have a row of an image. */
async function tablesOf(imageId: string) {
  const tables = ['image_hashes', 'pending_ingests', 'pending_purges']
  const found = await Promise.all(
    tables.map(table => db.query(`select from ${table} where image_id = $1`, [imageId])),
  )
  return tables.filter((_, index) => found[index]!.length > 0)
}

t.test('hashes, pending ingests and pending purges follow the image', async t => {
  const user = await createTestUser(db)
  const { id } = await createTestImage(db, user)
  const version = { userId: user, imageId: id, version: null }
  t.strictSame(await tablesOf(id), ['pending_ingests'])
  await results.saveInsight(version, { pHash: '0123456789abcdef' })
  await results.markIngested(version)
  t.strictSame(await tablesOf(id), ['image_hashes'])
  const begun = await purges.begin(user, [id])
  t.strictSame(await tablesOf(id), ['image_hashes', 'pending_purges'])
  await images.softDelete(user, id, 60_000)
  t.strictSame(await tablesOf(id), [])
  await images.restore(user, id)
  t.strictSame(await tablesOf(id), ['image_hashes', 'pending_ingests', 'pending_purges'])
  await purges.end(user, begun)
  await results.markIngestFailed(version)
  t.strictSame(await tablesOf(id), ['image_hashes'])
  await purges.begin(user, [id])
  await db.query('delete from users where id = $1', [user])
  t.strictSame(await tablesOf(id), [])
})

t.test('a purged image keeps nothing that is known of its pixels', async t => {
  const user = await createTestUser(db)
  const { id } = await createTestImage(db, user)
  await results.saveInsight({ userId: user, imageId: id, version: null }, { pHash: '0123456789abcdef' })
  await images.deletePermanently(user, id)
  await new ImageCleanupRepository(db).markPurged(id)
  t.match(await images.find(user, id), { state: 'deleted', facts: null, insight: null, ladder: null })
})

t.test('updates after an upload write no index entries', async t => {
  const user = await createTestUser(db)
  const { id } = await createTestImage(db, user)
  const count = `select n_tup_upd as all, n_tup_hot_upd as hot from pg_stat_xact_user_tables where relname = 'images'`
  const updates = await db.transaction(async transaction => {
    const image = { userId: user, imageId: id, version: null }
    const inTransaction = new IngestResultRepository(transaction)
    // Postgres has not yet reported all earlier updates of this connection
    const [before] = await transaction.query<{ all: number; hot: number }>(count)
    await inTransaction.beginLadder(image, 1_000)
    await inTransaction.markIngested(image)
    await new PurgeRepository(transaction).begin(user, [id])
    const [after] = await transaction.query<{ all: number; hot: number }>(count)
    return { all: after!.all - before!.all, hot: after!.hot - before!.hot }
  })
  t.strictSame(updates, { all: 3, hot: 3 })
})

t.test('lookups find the same similar images as a comparison with all', async t => {
  const user = await createTestUser(db)
  const { id } = await createTestImage(db, user)
  await results.saveInsight({ userId: user, imageId: id, version: null }, { pHash: '0123456789abcdef' })
  // copies whose hashes differ in 0 to 15 bits, which are spread in another way in each copy
  await db.query(
    `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256, facts, insight)
     select 'similar' || copy, user_id, state, title, tags, extension, format, width, height, pages, bytes,
       lpad(copy::text, 64, '0'), facts, jsonb_build_object('pHash', lpad(to_hex(coalesce((
         select bit_or(1::bigint << ((copy * 31 + bit * bit * (1 + copy / 16)) % 64)) from generate_series(1, copy % 16) as bit
       ), 0) # x'0123456789abcdef'::bigint), 16, '0'))
     from images, generate_series(17, 200) as copy where id = $1`,
    [id],
  )
  const [compared, lookedUp] = [new DuplicateRepository(db, 1e9), new DuplicateRepository(db, 0)]
  for (const distance of [0, 1, 2, 3, 5, 8, 11]) {
    const query = { distance, limit: 200 }
    const [expected, found] = await Promise.all(
      [compared, lookedUp].map(async some => (await some.findSimilar(user, id, query)).map(one => one.id)),
    )
    t.strictSame(found, expected, `at most ${distance} bits`)
    t.ok(distance < 2 || found!.length > 5, `${found!.length} images`)
  }
})
