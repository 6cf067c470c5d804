import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { DeletedUserRepository } from './deleted-users.ts'
import { imageConditions } from './image-filter.ts'
import { ImageTagCountRepository, type TagQuery } from './image-tag-counts.ts'
import { ImageTagRepository } from './image-tags.ts'
import { ImageRepository } from './images.ts'
import { IngestResultRepository } from './ingest-results.ts'
import { createTestImage, createTestUser } from './records.test.data.ts'

const db = await migratedDatabase(t)
const images = new ImageRepository(db)
const results = new IngestResultRepository(db)
const tagging = new ImageTagRepository(db)
const counts = new ImageTagCountRepository(db)

async function tagsOf(userId: string, query: Partial<TagQuery> = {}): Promise<Record<string, number>> {
  const { items } = await counts.list(userId, { limit: 100, ...query })
  return Object.fromEntries(items.map(({ tag, images }) => [tag, images]))
}

async function foldersOf(userId: string, parent = ''): Promise<Record<string, number>> {
  const { items } = await counts.listFolders(userId, { limit: 100, parent })
  return Object.fromEntries(items.map(({ path, images }) => [path, images]))
}

/** Everything that is counted for a user. */
const rowsOf = (userId: string) =>
  db.query('select * from image_tag_counts where user_id = $1 order by tag', [userId])

t.test('tags and folders of ready images are counted through all changes', async t => {
  const [user, other] = [await createTestUser(db), await createTestUser(db)]
  const add = (...tags: string[]) => createTestImage(db, user, 'a', {}, tags)
  const [one, two, three] = [
    await add('sea', 'shop/2026/spring'),
    await add('sea', 'shop/2026/spring', 'shop/2026/summer'),
    await add('shop', '/odd', 'a//b', 'end/'),
  ]
  await images.beginUpload(user, { title: '', tags: ['sea', 'unfinished'] })
  await createTestImage(db, other, 'a', {}, ['sea', 'theirs'])
  const plain = { '/odd': 1, 'a//b': 1, 'end/': 1 }
  t.strictSame(await tagsOf(user), {
    sea: 2,
    'shop/2026/spring': 2,
    ...plain,
    shop: 1,
    'shop/2026/summer': 1,
  })
  t.strictSame(await foldersOf(user), { shop: 3 }, 'an image with two tags of a folder counts once')
  t.strictSame(await foldersOf(user, 'shop'), { 'shop/2026': 2 })
  t.strictSame(await foldersOf(user, 'shop/2026'), { 'shop/2026/spring': 2, 'shop/2026/summer': 1 })
  const { items } = await counts.listFolders(user, { limit: 1, parent: 'shop/2026' })
  t.strictSame(items, [{ path: 'shop/2026/spring', images: 2, hasFolders: false }])

  await images.update(user, one.id, { tags: ['lake', 'shop'] })
  await results.saveLadder({ userId: user, imageId: one.id, version: null }, [])
  await tagging.add(user, [one.id, two.id, three.id], ['all', 'shop'], 50)
  await tagging.remove(user, [three.id], ['/odd', 'a//b', 'end/'])
  t.strictSame(await tagsOf(user), {
    all: 3,
    shop: 3,
    lake: 1,
    sea: 1,
    'shop/2026/spring': 1,
    'shop/2026/summer': 1,
  })
  await images.softDelete(user, two.id, 60_000)
  t.strictSame(await tagsOf(user), { all: 2, shop: 2, lake: 1 })
  t.strictSame(await foldersOf(user), {}, 'shop has no folder any more')
  t.strictSame(await tagsOf(user, { deleted: true }), {
    all: 1,
    sea: 1,
    shop: 1,
    'shop/2026/spring': 1,
    'shop/2026/summer': 1,
  })
  t.strictSame(
    await tagsOf(user, { deleted: true, folder: 'shop/2026' }),
    await tagsOf(user, { deleted: true }),
  )
  await images.restore(user, two.id)
  const kept = await rowsOf(user)
  t.match(kept.length, 7)
  await db.query('update image_tag_counts set images = 9, below = 9, within = 9 where user_id = $1', [user])
  await db.query('select recount_image_tags($1)', [user])
  t.strictSame(await rowsOf(user), kept, 'a recount finds the same')

  await db.query('update users set deleted_at = now() where id = $1', [user])
  const deletedUsers = new DeletedUserRepository(db)
  await deletedUsers.markImages(user, '')
  t.strictSame(await rowsOf(user), kept, 'counts of a deleted user are not kept up')
  await deletedUsers.deleteImages(user, '', new Date())
  await deletedUsers.deleteRest(user, '')
  t.strictSame(await rowsOf(user), [])
  t.strictSame(await tagsOf(other), { sea: 1, theirs: 1 })
  await db.query('delete from users where id = $1', [other])
  t.strictSame(await rowsOf(other), [])
})

t.test('a tag with more than eight parts is listed in the folder of its first eight', async t => {
  const user = await createTestUser(db)
  const eight = '1/2/3/4/5/6/7/8'
  await createTestImage(db, user, 'a', {}, [`${eight}/9`, `${eight}/9/10/11`])
  t.equal((await rowsOf(user)).length, 10)
  t.strictSame(await foldersOf(user, '1/2/3/4/5/6/7'), { [eight]: 1 })
  t.strictSame(await foldersOf(user, eight), { [`${eight}/9`]: 1, [`${eight}/9/10/11`]: 1 })
  t.strictSame(await tagsOf(user, { folder: `${eight}/9/10` }), await tagsOf(user))
})

t.test('the tags of a folder are not compared one by one when there are many', async t => {
  const user = await createTestUser(db)
  const orders = (from: number) => Array.from({ length: 60 }, (_, index) => `shop/${from + index}`)
  await createTestImage(db, user, 'a', {}, orders(0))
  await createTestImage(db, user, 'a', {}, orders(60))
  await createTestImage(db, user, 'a', {}, ['shopping'])
  const { items } = await counts.list(user, { limit: 1, folder: 'shop' })
  t.strictSame(items, [{ tag: 'shop/0', images: 1 }])
  t.strictSame(Object.keys(await tagsOf(user, { folder: 'shopping' })), ['shopping'])
  const { values } = await imageConditions(db, user, { folder: 'shop' })
  t.strictSame(values, [user, 'shop'])
})

t.test('tags are listed by use, page by page, by prefix and for a filter', async t => {
  const user = await createTestUser(db)
  for (let index = 0; index < 5; index++) {
    const tags = ['Ümlaut', 'a_b', 'axb'].slice(0, 1 + (index % 3))
    await createTestImage(db, user, `title ${index}`, { format: index ? 'jpeg' : 'png' }, [...tags, 'x/y'])
  }
  const pages: unknown[] = []
  let cursor: string | undefined
  do {
    const page = await counts.list(user, { limit: 3, cursor })
    pages.push(page.items.map(({ tag, images }) => `${tag} ${images}`))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  t.strictSame(pages, [['x/y 5', 'Ümlaut 5', 'a_b 3'], ['axb 1']])
  t.strictSame(await tagsOf(user, { prefix: 'üM' }), { Ümlaut: 5 })
  t.strictSame(await tagsOf(user, { prefix: 'A_' }), { a_b: 3 }, 'no wildcard')
  t.strictSame(await tagsOf(user, { tag: 'axb' }), { a_b: 1, axb: 1, 'x/y': 1, Ümlaut: 1 })
  t.strictSame(await tagsOf(user, { q: 'TITLE 1', prefix: 'a' }), { a_b: 1 })
  t.strictSame(await tagsOf(user, { format: 'png' }), { 'x/y': 1, Ümlaut: 1 })
  t.strictSame(await tagsOf(user, { folder: 'x', deleted: false }), await tagsOf(user))
  const first = await counts.list(user, { limit: 1, folder: 'x' })
  const rest = await counts.list(user, { limit: 9, folder: 'x', cursor: first.nextCursor ?? undefined })
  t.strictSame([first.partial, rest.items.length], [false, 3])
  await t.rejects(counts.list(user, { limit: 1, cursor: 'x' }), { code: 'bad-request' })
})

t.test('statements that change the tags of several images at once do not block each other', async t => {
  const user = await createTestUser(db)
  const ids: string[] = []
  for (let index = 0; index < 12; index++) ids.push((await createTestImage(db, user)).id)
  const order = ['b', 'a', 'd/e', 'c', 'd']
  await Promise.all(
    ids.map((id, index) => {
      const tags = [...order.slice(index % 5), ...order.slice(0, index % 5)]
      return tagging.add(user, [id, ids[(index + 1) % 12]!], tags, 50)
    }),
  )
  t.strictSame(await tagsOf(user), { a: 12, b: 12, c: 12, d: 12, 'd/e': 12 })
})

t.test('images are counted in time that grows with their number', async t => {
  // a new connection: Postgres keeps the plan of its first change, which is for one image here
  const fresh = await migratedDatabase(t)
  const user = await createTestUser(fresh)
  await fresh.transaction(async connection => {
    const countingMs = async (statement: string) => {
      type Plan = { 'QUERY PLAN': [{ Triggers: { 'Trigger Name': string; Time: number }[] }] }
      const [row] = await connection.query<Plan>(`explain (analyze, format json) ${statement}`, [user])
      const triggers = row!['QUERY PLAN'][0].Triggers
      return triggers.find(trigger => trigger['Trigger Name'].startsWith('images_count_'))!.Time
    }
    await createTestImage(connection, user, 'a', {}, ['one'])
    const inserting = await countingMs(
      `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256)
       select 'counted' || n, $1, 'ready', '', array['shop/' || n % 10], 'png', 'png', 1, 1, 1, 1, ''
       from generate_series(1, 4000) as n`,
    )
    const deleting = await countingMs(`update images set state = 'deleted' where user_id = $1`)
    t.ok(deleting < 10 * inserting, `${deleting} ms to count deleted images, ${inserting} ms new ones`)
  })
  t.strictSame(await fresh.query('select tag from image_tag_counts'), [])
})
