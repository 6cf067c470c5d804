import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { DerivativeRepository } from './derivatives.ts'
import { ImageRepository } from './images.ts'
import { createTestImage, createTestUser } from './records.test.data.ts'
import { StrayDerivativeRepository } from './stray-derivatives.ts'

const db = await migratedDatabase(t)
const images = new ImageRepository(db)
const derivatives = new DerivativeRepository(db)
const strays = new StrayDerivativeRepository(db)
const beginning = { imageId: '', fileName: '' }
const rendered = {
  format: 'webp',
  width: 3,
  height: 2,
  bytes: 10,
  etag: 'e',
  variant: 'final' as const,
  costMs: 1,
}

const removeAll = async (rows: DerivativeRepository, user: string, id: string) =>
  rows.remove(user, await rows.listOfImages(user, [id], beginning, 10))

t.test('derivatives are recorded, replaced, listed by page and deleted with their image', async t => {
  const [user, other] = [await createTestUser(db), await createTestUser(db)]
  const { id } = await createTestImage(db, user)
  const row = (fileName: string) => ({
    userId: user,
    imageId: id,
    fileName,
    format: 'webp',
    width: 300,
    height: 200,
    bytes: 12_345,
    etag: 'e1',
    variant: 'final' as const,
    costMs: 12.5,
  })
  const names = ['a', 'b', 'c'].map(name => `${id}_${name}.webp`)
  for (const name of names) t.strictSame(await derivatives.record([row(name)]), [])
  t.match(await derivatives.find(user, id, names[0]!), { ...row(names[0]!), createdAt: Date })
  t.strictSame(await derivatives.record([{ ...row(names[0]!), etag: 'e2', bytes: 9 }]), [])
  t.match(await derivatives.find(user, id, names[0]!), { etag: 'e2', bytes: 9 })
  t.equal(await derivatives.find(other, id, names[0]!), undefined)
  const foreign = { ...row(names[0]!), userId: other }
  const refused = await derivatives.record([foreign, row(names[1]!)])
  t.strictSame(refused, [foreign], 'an image of another user is refused, the rest of the batch is recorded')

  const page = await derivatives.listForImage(user, id, { limit: 2 })
  t.same(
    page.items.map(item => item.fileName),
    names.slice(0, 2),
  )
  const rest = await derivatives.listForImage(user, id, { limit: 2, cursor: page.nextCursor! })
  t.same(
    rest.items.map(item => item.fileName),
    names.slice(2),
  )
  t.equal(rest.nextCursor, null)
  await t.rejects(derivatives.listForImage(user, id, { limit: 2, cursor: 'x' }), { code: 'bad-request' })

  await images.deletePermanently(user, id)
  t.strictSame(
    await derivatives.record([row(names[0]!)]),
    [row(names[0]!)],
    'a deleted image gets no derivatives',
  )
  t.match(await removeAll(derivatives, user, id), { count: 3, strays: [] })
})

t.test('a derivative recorded during the deletion of its image is not left behind', async t => {
  const user = await createTestUser(db)
  const { id } = await createTestImage(db, user)
  const rest = { width: 1, height: 1, bytes: 1, etag: 'e', costMs: 1 }
  const row = { format: 'webp', variant: 'final' as const, ...rest }
  let recorded: Promise<unknown[]> | undefined
  await db.transaction(async tx => {
    await new ImageRepository(tx).deletePermanently(user, id)
    recorded = derivatives.record([{ userId: user, imageId: id, fileName: `${id}.webp`, ...row }])
    await tx.query('select pg_sleep(0.1)') // the other statement reaches the lock meanwhile
    await removeAll(new DerivativeRepository(tx), user, id)
  })
  t.equal((await recorded)?.length, 1)
  t.equal(await derivatives.find(user, id, `${id}.webp`), undefined)
})

t.test('a stand-in is finished once, and only with the matching ETag', async t => {
  const user = await createTestUser(db)
  const { id } = await createTestImage(db, user)
  const named = { userId: user, imageId: id, fileName: `${id}.avif` }
  const size = { format: 'avif', width: 3, height: 2 }
  const row = { ...named, ...size, bytes: 100, etag: 'quick', variant: 'standin' as const, costMs: 5 }
  const final = { bytes: 80, etag: 'slow', costMs: 90 }
  t.equal(await derivatives.finish(row, final), false, 'no such stand-in')
  await derivatives.record([row])
  t.equal(await derivatives.finish({ ...named, etag: 'other' }, final), false)
  t.equal(
    await derivatives.finish({ ...named, userId: await createTestUser(db), etag: 'quick' }, final),
    false,
  )
  t.match(await derivatives.find(user, id, named.fileName), row)
  t.equal(await derivatives.finish(row, final), true)
  t.match(await derivatives.find(user, id, named.fileName), { ...final, ...size, variant: 'final' })
  t.equal(await derivatives.finish(row, final), false, 'already finished')
  await derivatives.record([row])
  await images.deletePermanently(user, id)
  t.equal(await derivatives.finish(row, final), false, 'the image was deleted')
})

t.test(
  'a derivative that was recorded again after it was listed becomes a stray when it is removed',
  async t => {
    const [user, other] = [await createTestUser(db), await createTestUser(db)]
    const { id } = await createTestImage(db, user)
    const [same, changed] = ['a', 'b'].map(name => ({
      ...rendered,
      userId: user,
      imageId: id,
      fileName: `${id}_${name}`,
    }))
    await derivatives.record([same!, changed!])
    const listed = await derivatives.listOfImages(user, [id], beginning, 10)
    t.strictSame(await derivatives.listOfImages(user, [id], listed[0]!, 10), listed.slice(1))
    t.strictSame(await derivatives.listOfImages(other, [id], beginning, 10), [])
    t.match(await derivatives.remove(other, listed), { count: 0, strays: [] })
    await derivatives.record([changed!])
    const stray = { userId: user, imageId: id, fileName: changed!.fileName, version: null }
    const removed = await derivatives.remove(user, listed)
    t.match(removed, { count: 2, strays: [stray] })
    t.equal(removed.strays.length, 1)
    t.match(await strays.listExpired(9), [{ ...stray, named: false }], 'the sweep finds it')
    await strays.end(removed.strays.map(({ id }) => id))
    t.strictSame(await strays.listExpired(9), [])
  },
)

t.test('a stray leads to a derivative until its row is recorded', async t => {
  const [user, other] = [await createTestUser(db), await createTestUser(db)]
  const { id } = await createTestImage(db, user)
  const row = (name: string) => ({ ...rendered, userId: user, imageId: id, fileName: `${id}_${name}` })
  const [recorded = '', late = ''] = await strays.begin([row('a'), row('a')])
  const [rejected = ''] = await strays.begin([{ ...row('b'), version: 'v1' }])
  await derivatives.record([{ ...row('a'), strayId: recorded }])
  await derivatives.record([{ ...row('b'), imageVersion: 'v1', version: 'v1', strayId: rejected }])
  const left = await strays.listOfImages(user, [id], undefined)
  t.strictSame(
    left.map(({ id }) => id),
    [late, rejected].sort(),
    'of a writer that has not recorded it',
  )
  t.strictSame(await strays.listOfImages(other, [id], undefined), [])
  t.strictSame(await strays.listOfImages(user, [id], left[1]!.id), [])

  await strays.endExpired([late, rejected])
  t.strictSame(await strays.listExpired(9), [], 'both may still be written')
  await db.query(`update stray_derivatives set until = now() - interval '1 second'`)
  t.same(
    new Map((await strays.listExpired(9)).map(({ id, named }) => [id, named])),
    new Map([
      [late, true],
      [rejected, false],
    ]),
  )
  await strays.endExpired([late, rejected])
  t.strictSame(await strays.listExpired(9), [])
})

t.test('a removal that waits for a change of the derivative removes the changed one, too', async t => {
  const user = await createTestUser(db)
  const { id } = await createTestImage(db, user)
  const row = { ...rendered, userId: user, imageId: id, fileName: `${id}.webp` }
  await derivatives.record([row])
  const listed = await derivatives.listOfImages(user, [id], beginning, 10)
  let removed: ReturnType<typeof derivatives.remove> | undefined
  await db.transaction(async tx => {
    await new DerivativeRepository(tx).record([{ ...row, etag: 'other' }])
    removed = derivatives.remove(user, listed)
    await tx.query('select pg_sleep(0.1)') // the other statement reaches the lock meanwhile
  })
  t.match(await removed, { count: 1, strays: [{ fileName: row.fileName }] })
})
