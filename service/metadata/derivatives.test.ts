import { migratedDatabase } from '../test/support/services/postgres.ts'
import t from '../test/support/tap.ts'
import { DerivativeRepository } from './derivatives.ts'
import { ImageRepository } from './images.ts'
import { createTestImage, createTestUser } from './records.test.data.ts'

const db = await migratedDatabase(t)
const images = new ImageRepository(db)
const derivatives = new DerivativeRepository(db)
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
  t.equal(await derivatives.deleteForImages(user, [id]), 3)
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
    await new DerivativeRepository(tx).deleteForImages(user, [id])
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
