import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { DerivativeRepository } from './derivatives.ts'
import { ImageRepository } from './images.ts'
import { PurgeRepository } from './purges.ts'
import { createTestImage, createTestUser } from './records.test.data.ts'

const db = await migratedDatabase(t)
const images = new ImageRepository(db)
const purges = new PurgeRepository(db)
const derivatives = new DerivativeRepository(db)
const file = { format: 'webp', width: 1, height: 1, bytes: 1, etag: 'e' }
const picture = { ...file, variant: 'final' as const, costMs: 1 }

const purgesOf = async (user: string, id: string) => (await images.find(user, id))?.purges

t.test('a purge increments the counter twice and is marked until it ends', async t => {
  await db.query('delete from images')
  const [user, other] = [await createTestUser(db), await createTestUser(db)]
  const [{ id }, gone] = [await createTestImage(db, user), await createTestImage(db, user)]
  await images.deletePermanently(user, gone.id)
  t.strictSame(await purges.begin(other, [id]), [], 'not an image of another user')
  const begun = await purges.begin(user, [id, gone.id, 'unknown1'])
  t.strictSame(begun, [{ id, number: 1 }])
  t.strictSame(await purges.listUnfinished('', 9), [{ id, userId: user }])
  await purges.increment(user, [id])
  const later = await purges.begin(user, [id])
  await purges.end(user, begun)
  t.strictSame(await purges.listUnfinished('', 9), [{ id, userId: user }], 'the later purge has not ended')
  await purges.end(user, later)
  t.strictSame(await purges.listUnfinished('', 9), [])
  t.equal(await purgesOf(user, id), 5)
})

t.test('ids of all images, or of those with a tag, are listed in pages', async t => {
  const user = await createTestUser(db)
  const ids: string[] = []
  for (const tags of [['a'], ['a', 'b'], ['b'], ['a']])
    ids.push((await createTestImage(db, user, 'title', {}, tags)).id)
  const [first, second, , last] = ids
  const tagged = [first!, second!, last!].sort()
  t.strictSame(await purges.listImageIds({ userId: user, tag: 'a' }, '', 2), tagged.slice(0, 2))
  t.strictSame(await purges.listImageIds({ userId: user, tag: 'a' }, tagged[1]!, 2), tagged.slice(2))
  t.strictSame(await purges.listImageIds({ userId: user }, '', 10), ids.sort())
})

t.test('derivatives are recorded with ready overlays only, and found by overlay and preset', async t => {
  const [user, other] = [await createTestUser(db), await createTestUser(db)]
  const [host, logo, foreign] = [
    await createTestImage(db, user),
    await createTestImage(db, user),
    await createTestImage(db, other),
  ]
  const row = (name: string, overlayIds: string[]) => {
    const fileName = `${host.id}_${name}.webp`
    return { ...picture, userId: user, imageId: host.id, fileName, overlayIds, presets: ['one'] }
  }
  const rows = [row('a', [logo.id]), row('b', []), row('c', [foreign.id]), row('d', [logo.id, 'unknown1'])]
  t.strictSame(
    await derivatives.record(rows),
    rows.slice(2),
    'not with an overlay that is missing or belongs to another user',
  )
  const beginning = { imageId: '', fileName: '' }
  const painted = await derivatives.listByOverlays(user, [logo.id], beginning, 10)
  t.match(painted, [{ imageId: host.id, fileName: `${host.id}_a.webp`, version: null }])
  t.strictSame(await derivatives.listByOverlays(user, [logo.id], painted[0]!, 10), [])
  t.strictSame(await derivatives.listByOverlays(other, [logo.id], beginning, 10), [])

  await derivatives.record([{ ...row('b', []), presets: ['two'] }])
  for (const name of ['one', 'two']) {
    const page = await derivatives.listByPreset(user, { name, names: null }, beginning, 10)
    t.ok(page.find(({ fileName }) => fileName.endsWith('_b.webp'))?.matches, `matches preset ${name}`)
  }
  t.match(await derivatives.remove(other, painted), { count: 0 })
  t.match(await derivatives.remove(user, painted), { count: 1, strays: [] })
})

t.test('a derivative recorded during the deletion of its overlay is not left behind', async t => {
  const user = await createTestUser(db)
  const [host, logo] = [await createTestImage(db, user), await createTestImage(db, user)]
  const named = { userId: user, imageId: host.id, fileName: `${host.id}.webp` }
  let recorded: Promise<unknown[]> | undefined
  await db.transaction(async tx => {
    await new ImageRepository(tx).deletePermanently(user, logo.id)
    recorded = derivatives.record([{ ...picture, ...named, overlayIds: [logo.id] }])
    await tx.query('select pg_sleep(0.1)') // the other statement reaches the lock meanwhile
  })
  t.equal((await recorded)?.length, 1)
  t.equal(await derivatives.find(user, host.id, named.fileName), undefined)
})
