import t from 'tap'
import { migratedDatabase } from '../test/support/services/postgres.ts'
import { createDerivatives } from './derivatives.ts'
import { createImages } from './images.ts'
import { createPurges } from './purges.ts'
import { newUser, upload } from './uploading.test.data.ts'

const db = await migratedDatabase(t)
const images = createImages(db)
const purges = createPurges(db)
const derivatives = createDerivatives(db)
const file = { format: 'webp', width: 1, height: 1, bytes: 1, etag: 'e' }
const picture = { ...file, variant: 'final' as const, costMs: 1 }

const purgesOf = async (user: string, id: string) => (await images.find(user, id))?.purges

t.test('a purge counts twice, and is marked until it ends', async t => {
  await db.query('delete from images')
  const [user, other] = [await newUser(db), await newUser(db)]
  const [{ id }, gone] = [await upload(db, user), await upload(db, user)]
  await images.remove(user, gone.id)
  t.strictSame(await purges.begin(other, [id]), [], "not another's")
  const begun = await purges.begin(user, [id, gone.id, 'unknown1'])
  t.strictSame(begun, [{ id, number: 1 }])
  t.strictSame(await purges.unfinished(), [{ id, userId: user }])
  await purges.count(user, [id])
  const later = await purges.begin(user, [id])
  await purges.end(user, begun)
  t.strictSame(await purges.unfinished(), [{ id, userId: user }], 'a later one is not through')
  await purges.end(user, later)
  t.strictSame(await purges.unfinished(), [])
  t.equal(await purgesOf(user, id), 5)
})

t.test('sets of images come page by page', async t => {
  const user = await newUser(db)
  const ids: string[] = []
  for (const tags of [['a'], ['a', 'b'], ['b'], ['a']])
    ids.push((await upload(db, user, 'title', {}, tags)).id)
  const [first, second, , last] = ids
  const tagged = [first!, second!, last!].sort()
  t.strictSame(await purges.page({ userId: user, tag: 'a' }, '', 2), tagged.slice(0, 2))
  t.strictSame(await purges.page({ userId: user, tag: 'a' }, tagged[1]!, 2), tagged.slice(2))
  t.strictSame(await purges.page({ userId: user }, '', 10), ids.sort())
})

t.test('what is painted into a derivative is known, and must be there', async t => {
  const [user, other] = [await newUser(db), await newUser(db)]
  const [host, logo, foreign] = [await upload(db, user), await upload(db, user), await upload(db, other)]
  const row = (name: string, others: string[]) => {
    const fileName = `${host.id}_${name}.webp`
    return { ...picture, userId: user, imageId: host.id, fileName, others, presets: ['one'] }
  }
  const rows = [row('a', [logo.id]), row('b', []), row('c', [foreign.id]), row('d', [logo.id, 'unknown1'])]
  t.strictSame(await derivatives.record(rows), rows.slice(2), 'not with what is not there, or not his')
  const beginning = { imageId: '', fileName: '' }
  const painted = await derivatives.painted(user, [logo.id], beginning, 10)
  t.strictSame(painted, [{ imageId: host.id, fileName: `${host.id}_a.webp` }])
  t.strictSame(await derivatives.painted(user, [logo.id], painted[0]!, 10), [])
  t.strictSame(await derivatives.painted(other, [logo.id], beginning, 10), [])

  await derivatives.record([{ ...row('b', []), presets: ['two'] }])
  for (const name of ['one', 'two']) {
    const page = await derivatives.byPreset(user, { name, names: null }, beginning, 10)
    t.ok(page.find(({ fileName }) => fileName.endsWith('_b.webp'))?.wanted, `asked for by ${name}`)
  }
  t.equal(await derivatives.deleteNamed(other, painted), 0)
  t.equal(await derivatives.deleteNamed(user, painted), 1)
})

t.test('a derivative recorded while an image in it is deleted is not left behind', async t => {
  const user = await newUser(db)
  const [host, logo] = [await upload(db, user), await upload(db, user)]
  const named = { userId: user, imageId: host.id, fileName: `${host.id}.webp` }
  let recorded: Promise<unknown[]> | undefined
  await db.transaction(async tx => {
    await createImages(tx).remove(user, logo.id)
    recorded = derivatives.record([{ ...picture, ...named, others: [logo.id] }])
    await tx.query('select pg_sleep(0.1)') // the other statement reaches the lock meanwhile
  })
  t.equal((await recorded)?.length, 1)
  t.equal(await derivatives.find(user, host.id, named.fileName), undefined)
})
