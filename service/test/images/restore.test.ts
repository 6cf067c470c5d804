import { administrator } from '../support/administrator.ts'
import { type Bench, build } from '../support/build.ts'
import { sweep } from '../support/chores.ts'
import { objectsOf, recordsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read, type Session, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(600, 400).png().toBuffer()
const weekMs = 7 * 24 * 3_600_000

const remove = async (session: Session, id: string, query = '') =>
  (await session.get(`/api/v1/images/${id}${query}`, { method: 'DELETE' })).status

const restore = (session: Session, id: string) =>
  session.get(`/api/v1/images/${id}/restore`, { method: 'POST' })

async function listed(session: Session, query: string): Promise<ShownImage[]> {
  return (await read<{ items: ShownImage[] }>(await session.get(`/api/v1/images?${query}`))).items
}

const idsOf = async (session: Session, query: string) => (await listed(session, query)).map(({ id }) => id)

/** Ends the retention of a deleted image. */
const expire = (bench: Bench, id: string) =>
  bench.app.database.query(`update images set keep_until = now() - interval '1 second' where id = $1`, [id])

t.test('a soft-deleted image responds 410, and is restored unchanged', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture, { title: 'Sea', tags: 'blue' })
  const host = await bench.upload(await photo(300, 200, 2).jpeg().toBuffer())
  const url = await bench.sign({ imageId: image.id, operations: [{ op: 'resize', w: 50 }], format: 'png' })
  const overlaid = await bench.sign(`/processed/${bench.userId}/${host.id}_overlay_i-${image.id}.png`)
  const before = await bytesOf(await bench.get(url))
  await bytesOf(await bench.get(overlaid))
  await bench.app.delivery.derivativeWriter.idle()
  t.strictSame(await idsOf(bench, 'deleted=true'), [])

  t.equal(await remove(bench, image.id), 204)
  for (const gone of [url, image.rawUrl]) await isProblemResponse(t, await bench.get(gone), 'deleted')
  await isProblemResponse(t, await bench.get(`/api/v1/images/${image.id}`), 'not-found')
  t.equal(await remove(bench, image.id), 404, 'a second deletion finds nothing')
  t.strictSame(await objectsOf(bench, 'processed'), [], 'every derivative that shows it is removed')
  t.strictSame(await recordsOf(bench), [])
  t.ok((await objectsOf(bench, 'raw')).includes(`${image.id}-orig.png`), 'the original is kept')
  t.strictSame(await idsOf(bench, ''), [host.id])
  const [kept] = await listed(bench, 'deleted=true')
  t.match(kept, { id: image.id, title: 'Sea', deletedAt: /Z$/, keptUntil: /Z$/ })
  t.equal(Date.parse(kept!.keptUntil!) - Date.parse(kept!.deletedAt!), weekMs)
  await sweep(bench)
  t.ok(
    (await objectsOf(bench, 'raw')).includes(`${image.id}-orig.png`),
    'the sweep does not remove the original',
  )

  const back = await read<ShownImage>(await restore(bench, image.id))
  t.match(back, { id: image.id, title: 'Sea', tags: ['blue'], sha256: image.sha256 })
  t.notOk('deletedAt' in back || 'keptUntil' in back)
  t.strictSame(await bytesOf(await bench.get(url)), before)
  t.strictSame(await bytesOf(await bench.get(back.rawUrl)), picture)
  await bytesOf(await bench.get(overlaid))
  t.strictSame((await idsOf(bench, '')).sort(), [host.id, image.id].sort())
  await isProblemResponse(t, await restore(bench, image.id), 'conflict')
})

t.test("another user's image can neither be restored nor listed", async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const { id } = await bench.upload(picture)
  await isProblemResponse(t, await restore(other, id), 'not-found', 'a ready image')
  t.equal(await remove(bench, id), 204)
  await isProblemResponse(t, await restore(other, id), 'not-found')
  await isProblemResponse(t, await restore(bench, 'unknown1'), 'not-found')
  t.equal(await remove(other, id, '?purge=true'), 404)
  t.strictSame(await idsOf(other, 'deleted=true'), [])
  await read(await restore(bench, id))
  await isProblemResponse(t, await bench.get('/api/v1/images?deleted=maybe'), 'bad-request')
})

t.test('a permanently deleted image cannot be restored', async t => {
  const bench = await build(t)
  const [ready, kept] = [await bench.upload(picture), await bench.upload(picture)]
  t.equal(await remove(bench, kept.id), 204)
  for (const { id } of [ready, kept]) {
    t.equal(await remove(bench, id, '?purge=true'), 204)
    t.equal(await remove(bench, id, '?purge=true'), 404)
    await isProblemResponse(t, await restore(bench, id), 'not-found')
  }
  t.strictSame(await objectsOf(bench, 'raw', 'rungs'), [])
  t.strictSame(await idsOf(bench, 'deleted=true'), [])
  await isProblemResponse(t, await bench.get(ready.rawUrl), 'deleted')
})

t.test('the sweep removes the original after a week', async t => {
  const bench = await build(t)
  const [old, young] = [await bench.upload(picture), await bench.upload(picture)]
  for (const { id } of [old, young]) t.equal(await remove(bench, id), 204)
  await expire(bench, old.id)
  await isProblemResponse(t, await restore(bench, old.id), 'not-found', 'though its object still exists')
  t.strictSame(await idsOf(bench, 'deleted=true'), [young.id])
  await sweep(bench)
  t.strictSame(await objectsOf(bench, 'raw'), [`${young.id}-orig.png`])
  await read(await restore(bench, young.id))
})

t.test('the sweep completes a deletion that crashed, and keeps the original', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  await bytesOf(await bench.get(await bench.sign({ imageId: id, format: 'webp' })))
  await bench.app.delivery.derivativeWriter.idle()
  // the first write of a deletion
  await bench.app.database.query(
    `update images set state = 'deleted', deleted_at = now(), keep_until = now() + interval '1 hour', ladder_until = null
     where id = $1`,
    [id],
  )
  t.strictSame(await objectsOf(bench, 'processed'), [`${id}.webp`])
  await sweep(bench)
  t.strictSame(await objectsOf(bench, 'processed'), [])
  t.strictSame(await recordsOf(bench), [])
  t.strictSame(await objectsOf(bench, 'raw'), [`${id}-orig.png`])
  await read(await restore(bench, id))
})

t.test('the sweep removes an abandoned upload', async t => {
  const bench = await build(t)
  const id = await bench.app.metadata.images.beginUpload(bench.userId, { title: '', tags: [] })
  await bench.app.store.put(`raw/${bench.userId}/${id}-orig.png`, picture, { contentType: 'image/png' })
  await bench.app.database.query(`update images set created_at = now() - interval '2 hours' where id = $1`, [
    id,
  ])
  await sweep(bench)
  t.strictSame(await objectsOf(bench, 'raw'), [])
  t.strictSame(await idsOf(bench, 'deleted=true'), [])
  await isProblemResponse(t, await restore(bench, id), 'not-found')
})

t.test('a takedown deletes soft-deleted images permanently', async t => {
  const bench = await build(t)
  const admin = await administrator(bench)
  const [kept, ready] = [await bench.upload(picture), await bench.upload(picture)]
  t.equal(await remove(bench, kept.id), 204)
  const order = { sha256: ready.sha256, reason: 'a court said so' }
  const taken = await read<{ images: number }>(await callJson(admin, 'POST', '/api/v1/takedowns', order), 201)
  t.equal(taken.images, 2)
  for (const { id } of [kept, ready]) await isProblemResponse(t, await restore(bench, id), 'not-found')
  await until('the originals are gone', 10_000, async () => (await objectsOf(bench, 'raw')).length === 0)
  t.equal((await admin.get(`/api/v1/takedowns/${ready.sha256}`, { method: 'DELETE' })).status, 204)
  await isProblemResponse(t, await restore(bench, kept.id), 'not-found', 'also after the takedown was lifted')
})

t.test('deletions and restores are audited, bulk actions in one entry', async t => {
  const bench = await build(t)
  const admin = await administrator(bench)
  const [one, two] = [await bench.upload(picture), await bench.upload(picture)]
  const made = await callJson(bench, 'POST', '/api/v1/api-keys', { name: 'k', scopes: ['images:write'] })
  const key = await read<{ id: string; secret: string }>(made, 201)
  t.equal(await remove(bench, one.id), 204)
  t.equal(await remove(bench, one.id), 404)
  await read(await restore(bench, one.id))
  const authorization = `Bearer ${key.secret}`
  await bench.get(`/api/v1/images/${one.id}?purge=true`, { method: 'DELETE', headers: { authorization } })
  const bulk = (action: string, more = {}) =>
    callJson(bench, 'POST', '/api/v1/images/bulk', { ids: [one.id, two.id, 'unknown1'], action, ...more })
  await read(await bulk('tag', { tags: ['a'] }))
  await read(await bulk('delete'))
  const log = await admin.get('/api/v1/audit?limit=20')
  const { items } = await read<{ items: Record<string, unknown>[] }>(log)
  const logged = items.filter(({ action }) => String(action).startsWith('image.'))
  const { userId } = bench
  t.match(logged.reverse(), [
    { action: 'image.delete', subject: one.id, userId, keyId: null },
    { action: 'image.restore', subject: one.id, userId, keyId: null },
    { action: 'image.delete.forever', subject: one.id, userId, keyId: key.id },
    { action: 'image.tag.bulk', subject: '1 of 3', userId },
    { action: 'image.delete.bulk', subject: '1 of 3', userId },
  ])
  t.equal(logged.length, 5)
})
