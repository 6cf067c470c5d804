import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
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
