import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { DerivativeRepository } from './derivatives.ts'
import { EagerOrderRepository } from './eager-orders.ts'
import { ImageRepository } from './images.ts'
import { createTestImage, createTestUser } from './records.test.data.ts'

const db = await migratedDatabase(t)
const eagerOrders = new EagerOrderRepository(db)
const order = (fileName: string, preset: string | null = null) =>
  ({ fileName, preset, presets: preset === null ? [] : [preset], format: 'jpg', failure: null }) as const

t.test('orders of a preset replace its earlier orders', async t => {
  const user = await createTestUser(db)
  const { id } = await createTestImage(db, user)
  const failure = { code: 'not-applicable', detail: 'page: the image has only one page' } as const
  t.ok(
    await eagerOrders.save(
      user,
      id,
      [{ ...order('p.auto', 'p'), failure }, order('q', 'q'), order('own')],
      0,
    ),
  )
  t.ok(await eagerOrders.save(user, id, [order('p1', 'p'), order('own', 'q')], 0))
  const found = await eagerOrders.list(user, id)
  t.strictSame(found, [
    { ...order('own', 'q'), ready: false, isOpen: true },
    { ...order('p1', 'p'), ready: false, isOpen: true },
  ])
})

t.test('only the newest 200 orders of an image are kept', async t => {
  const user = await createTestUser(db)
  const { id } = await createTestImage(db, user)
  const many = Array.from({ length: 150 }, (_, i) => order(`a${i}`))
  await eagerOrders.save(user, id, many, 0)
  await eagerOrders.save(
    user,
    id,
    many.map(({ fileName }) => order(`b${fileName}`)),
    0,
  )
  const names = (await eagerOrders.list(user, id)).map(({ fileName }) => fileName)
  t.strictSame([names.length, names.filter(name => name.startsWith('b')).length], [200, 150])
})

t.test('an order is retried until it is done or too old', async t => {
  const [user, other] = [await createTestUser(db), await createTestUser(db)]
  const { id } = await createTestImage(db, user)
  await db.query('update eager_orders set due_at = null')
  await eagerOrders.save(user, id, [order('a'), order('b')], -1000)
  await eagerOrders.save(user, id, [order('later')], 60_000)
  const row = {
    userId: user,
    imageId: id,
    fileName: 'b',
    format: 'jpg',
    width: 1,
    height: 1,
    bytes: 1,
    etag: 'e',
    variant: 'final' as const,
    costMs: 1,
  }
  await new DerivativeRepository(db).record([row])
  const named = (fileName: string) => ({ userId: user, imageId: id, fileName })
  const byName = (a: { fileName: string }, b: { fileName: string }) => (a.fileName < b.fileName ? -1 : 1)
  t.strictSame((await eagerOrders.listDue()).sort(byName), [
    { ...named('a'), presets: [], ready: false },
    { ...named('b'), presets: [], ready: true },
  ])
  t.strictSame([await eagerOrders.countOpen(user), await eagerOrders.countOpen(other)], [3, 0])
  await eagerOrders.postpone([named('b')], null)
  await eagerOrders.postpone([named('a')], 60_000)
  t.strictSame(await eagerOrders.listDue(), [])
  t.equal(await eagerOrders.countOpen(user), 2)
  await db.query(`update eager_orders set ordered_at = now() - interval '25 hours'`)
  await eagerOrders.postpone([named('a')], 60_000)
  t.equal(await eagerOrders.countOpen(user), 1)
})

t.test('images that are deleted or belong to another user have no orders', async t => {
  const [user, other] = [await createTestUser(db), await createTestUser(db)]
  const { id } = await createTestImage(db, user)
  t.notOk(await eagerOrders.save(other, id, [order('a')], 0))
  await eagerOrders.save(user, id, [order('a')], 0)
  t.strictSame(await eagerOrders.list(other, id), [])
  await eagerOrders.deleteForImage(other, id)
  t.equal((await eagerOrders.list(user, id)).length, 1)
  await new ImageRepository(db).deletePermanently(user, id)
  t.notOk(await eagerOrders.save(user, id, [order('b')], 0))
  await eagerOrders.deleteForImage(user, id)
  t.strictSame(await eagerOrders.list(user, id), [])
})
