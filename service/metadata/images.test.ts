import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { until } from '../test/support/until.ts'
import { type CleanupPosition, ImageCleanupRepository, type UnfinishedImage } from './image-cleanup.ts'
import { type ImageQuery, imageSorts } from './image-list.ts'
import { ImageRepository } from './images.ts'
import { IngestResultRepository } from './ingest-results.ts'
import { createTestImage, createTestUser, testContent } from './records.test.data.ts'

const db = await migratedDatabase(t)
const images = new ImageRepository(db)
const results = new IngestResultRepository(db)
const first = (userId: string, imageId: string) => ({ userId, imageId, version: null })
const cleanup = new ImageCleanupRepository(db)
/** The titles of all pages; `between` runs after each page but the last. */
async function titles(userId: string, query: Partial<ImageQuery> = {}, between = async () => {}) {
  const found: string[] = []
  let cursor: string | null | undefined
  while (cursor !== null) {
    const page = await images.list(userId, { limit: 2, cursor, ...query })
    found.push(...page.items.map(image => image.title))
    cursor = page.nextCursor
    if (cursor) await between()
  }
  return found
}

t.test('an image is uploaded, read and deleted by its user only', async t => {
  const [owner, other] = [await createTestUser(db), await createTestUser(db)]
  const id = await images.beginUpload(owner, { title: 'Sea', tags: ['blue'] })
  t.match(id, /^[a-z0-9]{16}$/)
  t.equal(await images.find(owner, id), undefined, 'an upload is not visible')
  t.same(await titles(owner), [])
  t.equal(await images.deletePermanently(owner, id), undefined)

  const image = await images.completeUpload(id, testContent, { title: 'The sea' })
  t.match(image, { ...testContent, id, userId: owner, state: 'ready', title: 'The sea', tags: ['blue'] })
  t.match(image, { focal: null, deletedAt: null, createdAt: Date })
  const nothing = { insight: null, ladder: null, purges: 0, ingestedAt: null }
  t.same(await images.find(owner, id), { ...image, ...nothing })
  await t.rejects(images.completeUpload(id, testContent), { code: 'conflict' })
  t.equal(await images.abandonUpload(id), false)

  t.equal(await images.find(other, id), undefined)
  t.equal(await images.deletePermanently(other, id), undefined)
  t.same(await titles(other), [])

  t.match(await images.deletePermanently(owner, id), { id, state: 'deleted', deletedAt: Date })
  t.equal(await images.deletePermanently(owner, id), undefined)
  t.match(await images.find(owner, id), { state: 'deleted' })
  t.same(await titles(owner), [])
})

t.test('labels, focal point and insight of an image are changed by its user only', async t => {
  const [owner, other] = [await createTestUser(db), await createTestUser(db)]
  const { id } = await createTestImage(db, owner)
  const focal = { x: 0.25, y: 1 }
  t.match(await images.update(owner, id, { title: 'Sea', tags: ['b'], focal }), {
    title: 'Sea',
    tags: ['b'],
    focal,
  })
  t.match(
    await images.update(owner, id, { title: '' }),
    { title: '', tags: ['b'], focal },
    'absent fields stay unchanged',
  )
  t.match(await images.update(owner, id, { focal: null }), { focal: null })
  t.equal(await images.update(other, id, { title: 'mine' }), undefined)
  await results.saveInsight(first(other, id), { kind: 'photo' })
  t.match(await images.find(owner, id), { title: '', insight: null })
  await results.saveInsight(first(owner, id), { kind: 'photo' })
  t.strictSame((await images.find(owner, id))?.insight, { kind: 'photo' })
  await images.deletePermanently(owner, id)
  t.equal(await images.update(owner, id, { title: 'late' }), undefined)
})

/** Every image that the clean-up lists, in pages of one row. */
async function unfinished(olderThan: Date): Promise<UnfinishedImage[]> {
  const images: UnfinishedImage[] = []
  let position: CleanupPosition | undefined = { state: 'uploading', at: 0, id: '' }
  while (position) {
    const page: Awaited<ReturnType<typeof cleanup.listUnfinished>> = await cleanup.listUnfinished(
      position,
      olderThan,
      1,
    )
    images.push(...page.images)
    position = page.next
  }
  return images
}

t.test('the clean-up lists old uploads and unpurged deletions', async t => {
  await db.query('delete from images')
  const user = await createTestUser(db)
  const stuck = await images.beginUpload(user, { title: 'stuck', tags: [] })
  const gone = await createTestImage(db, user)
  await createTestImage(db, user)
  await images.deletePermanently(user, gone.id)
  const soon = new Date(Date.now() + 1_000)
  t.match(await unfinished(new Date(0)), [{ id: gone.id, state: 'deleted', extension: 'jpg' }])
  t.match(await unfinished(soon), [{ id: stuck, userId: user, state: 'uploading' }, { id: gone.id }])

  t.equal(await images.abandonUpload(stuck), true)
  await t.rejects(
    images.completeUpload(stuck, testContent),
    { code: 'conflict' },
    'an abandoned upload cannot be completed',
  )
  t.equal(await images.find(user, stuck), undefined, 'an abandoned upload is not an image')
  await cleanup.markPurged(stuck)
  await cleanup.markPurged(gone.id)
  t.same(await unfinished(soon), [])
})

t.test('the clean-up keeps a restorable original until it expires', async t => {
  await db.query('delete from images')
  const [user, other] = [await createTestUser(db), await createTestUser(db)]
  const { id } = await createTestImage(db, user)
  const left = () => unfinished(new Date(0))
  t.equal(await images.softDelete(other, id, 60_000), undefined)
  t.match(await images.softDelete(user, id, 60_000), { id, state: 'deleted', keptUntil: Date })
  t.match(await left(), [{ id, kept: true }], 'it may have more objects than its original')
  await cleanup.markPurged(id)
  t.match(await left(), [{ id, kept: true }], 'a restorable image cannot be marked as purged')
  await cleanup.markCleared(id)
  t.same(await left(), [])
  t.match(await images.restore(user, id), { id, state: 'ready', deletedAt: null, keptUntil: null })
  t.match(await images.softDelete(user, id, 0), { id })
  t.match(await left(), [{ id, kept: false }])
  t.equal(await images.restore(user, id), undefined)
  await cleanup.markCleared(id)
  t.match(await left(), [{ id, kept: false }])
  await cleanup.markPurged(id)
  t.same(await left(), [])
})

t.test('an image deleted while its ladder is written is purged again', async t => {
  await db.query('delete from images')
  const [user, other] = [await createTestUser(db), await createTestUser(db)]
  const { id } = await createTestImage(db, user)
  const ladder = { format: 'jpg', widths: [640] }
  t.equal(await results.saveLadder(first(other, id), ladder), false)
  t.equal(await results.beginLadder(first(other, id), 1), false)
  t.equal(await results.beginLadder(first(user, id), 300), true)
  const version = async () => db.query('select xmin::text from images where id = $1', [id])
  const begun = await version()
  t.equal(await results.beginLadder(first(user, id), 1), true)
  t.strictSame(await version(), begun, 'a longer time is recorded, so nothing is written')
  t.equal(await results.saveLadder(first(user, id), ladder), true)
  t.strictSame((await images.find(user, id))?.ladder, ladder)
  t.equal(await results.saveLadder(first(user, id), null), true)
  t.equal((await images.find(user, id))?.ladder, null)

  await images.deletePermanently(user, id)
  t.equal(await results.beginLadder(first(user, id), 1), false)
  t.equal(await results.saveLadder(first(user, id), ladder), false)
  await cleanup.markPurged(id)
  t.same(await unfinished(new Date(0)), [], 'not listed while rungs may be written')
  await until('the ladder deadline passes', 2_000, async () => (await unfinished(new Date(0))).length === 1)
  await cleanup.markPurged(id)
  t.same(await unfinished(new Date(0)), [])
})

t.test('the analysis of images that were purged long ago is cleared, and no other', async t => {
  await db.query('delete from images')
  const user = await createTestUser(db)
  const [ready, purged, deleted] = [
    await createTestImage(db, user),
    await createTestImage(db, user),
    await createTestImage(db, user),
  ]
  await db.query(`update images set insight = '{}', ladder = '{}'`)
  for (const { id } of [purged, deleted]) await images.softDelete(user, id, 60_000)
  await db.query('update images set keep_until = null, purged_at = now() where id = $1', [purged.id])
  t.strictSame(await cleanup.clearPurged(''), { count: 1, last: null })
  const kept = 'select id from images where facts is not null and insight is not null and ladder is not null'
  const ids = (await db.query<{ id: string }>(kept)).map(({ id }) => id)
  t.strictSame(ids.sort(), [ready.id, deleted.id].sort())
  t.strictSame(await cleanup.clearPurged(''), { count: 0, last: null })
})

t.test('lists sort, filter and search', async t => {
  const user = await createTestUser(db)
  for (const [index, title] of ['b', 'd', 'a', 'e', 'c'].entries()) {
    const more = { bytes: 10 + index, format: index === 2 ? 'png' : 'jpeg' }
    await createTestImage(db, user, title, more, index % 2 ? ['odd', '50%'] : [])
  }
  // With equal times the id decides, so that no page repeats or skips an image.
  await db.query(`update images set created_at = now() where user_id = $1 and title in ('b', 'd', 'a')`, [
    user,
  ])
  t.same((await titles(user)).sort(), ['a', 'b', 'c', 'd', 'e'])
  t.same(await titles(user, { sort: 'title' }), ['a', 'b', 'c', 'd', 'e'])
  t.same(await titles(user, { sort: '-title' }), ['e', 'd', 'c', 'b', 'a'])
  t.same(await titles(user, { sort: 'bytes' }), ['b', 'd', 'a', 'e', 'c'])
  t.same(await titles(user, { sort: 'createdAt' }), (await titles(user)).reverse())
  t.same((await titles(user, { tag: 'odd' })).sort(), ['d', 'e'])
  t.same(await titles(user, { format: 'png' }), ['a'])
  t.same((await titles(user, { q: '0%' })).sort(), ['d', 'e'], 'a tag contains it')
  t.same(await titles(user, { q: 'E' }), ['e'])
  t.same(await titles(user, { q: '_' }), [], 'no wildcard')
})

t.test(
  'titles are sorted without case and accents, by the file name of an image without a title',
  async t => {
    const user = await createTestUser(db)
    for (const title of ['Zebra', 'öl', 'apple', 'Öl', 'Banana', '']) await createTestImage(db, user, title)
    const untitled = await images.beginUpload(user, { title: '', tags: [], fileName: 'Beach.jpg' })
    await images.completeUpload(untitled, testContent)
    const sorted = (await titles(user, { sort: 'title' })).map(title => title.toLowerCase())
    t.strictSame(sorted, ['', 'apple', 'banana', '', 'öl', 'öl', 'zebra'])
    t.strictSame(
      (await titles(user, { sort: '-title' })).map(title => title.toLowerCase()),
      sorted.reverse(),
    )
  },
)

t.test('pages stay stable while images are added and deleted', async t => {
  const user = await createTestUser(db)
  for (const title of ['1', '2', '3', '4', '5']) {
    await createTestImage(db, user, title)
    await db.query('select pg_sleep(0.002)')
  }
  const seen = await titles(user, {}, async () => {
    const { id } = await createTestImage(db, user, 'new')
    await images.deletePermanently(user, id)
    await createTestImage(db, user, 'new')
  })
  t.same(seen, ['5', '4', '3', '2', '1'])
})

t.test('a cursor of another sort order and a malformed cursor are rejected', async t => {
  const user = await createTestUser(db)
  for (const title of ['a', 'b', 'c']) await createTestImage(db, user, title)
  for (const sort of imageSorts) {
    const { nextCursor } = await images.list(user, { limit: 1, sort })
    for (const other of imageSorts.filter(name => name !== sort)) {
      const mixed = images.list(user, { limit: 1, sort: other, cursor: nextCursor! })
      await t.rejects(mixed, { code: 'bad-request', message: /cursor/ })
    }
  }
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const mark = { sort: '-createdAt', value: 1, id: 'abcdef' }
  const bad = [
    '',
    'x',
    '!!',
    encode(null),
    encode({ ...mark, value: '1' }),
    encode({ ...mark, value: -1 }),
    encode({ ...mark, value: 1e300 }),
    encode({ ...mark, id: "' or 1=1" }),
  ]
  for (const cursor of bad) {
    await t.rejects(
      images.list(user, { limit: 1, cursor }),
      { code: 'bad-request', message: /cursor/ },
      cursor,
    )
  }
  await images.list(user, { limit: 1, cursor: encode({ ...mark, value: 8.64e15 }) })
})
