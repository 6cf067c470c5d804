import { build } from '../support/build.ts'
import { objectsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read, type Session, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(60, 40).png().toBuffer()

interface Results {
  readonly items: readonly { id: string; done: boolean; code?: string; detail?: string }[]
}

const tryBulk = (session: Session, body: unknown) => callJson(session, 'POST', '/api/v1/images/bulk', body)

/** The error code of each image, or `done`, by id. */
async function bulk(session: Session, body: unknown): Promise<Record<string, string>> {
  const { items } = await read<Results>(await tryBulk(session, body))
  for (const { done, code } of items)
    if (done !== (code === undefined)) throw new Error('done contradicts code')
  return Object.fromEntries(items.map(({ id, code }) => [id, code ?? 'done']))
}

const tagsOf = async (session: Session, { id }: ShownImage) =>
  (await read<ShownImage>(await session.get(`/api/v1/images/${id}`))).tags

t.test('bulk delete and restore report foreign images as not found', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const own = await Promise.all(Array.from({ length: 6 }, () => bench.upload(picture)))
  const stays = await bench.upload(picture)
  const theirs = await other.upload(picture)
  const ids = own.map(({ id }) => id)
  const asked = [...ids, theirs.id, 'unknown1', ids[0]]
  const all = (code: string) => Object.fromEntries(ids.map(id => [id, code]))
  const unknown = { [theirs.id]: 'not-found', unknown1: 'not-found' }
  t.strictSame(await bulk(bench, { ids: asked, action: 'delete' }), { ...all('done'), ...unknown })
  for (const { rawUrl } of own) await isProblemResponse(t, await bench.get(rawUrl), 'deleted')
  for (const { rawUrl } of [stays, theirs]) await bytesOf(await bench.get(rawUrl))
  t.equal((await objectsOf(bench, 'raw')).length, 8, 'the originals are kept')
  t.strictSame(await bulk(bench, { ids, action: 'delete' }), all('not-found'))
  t.strictSame(await bulk(other, { ids, action: 'restore' }), all('not-found'))
  t.strictSame(await bulk(bench, { ids: [...ids, stays.id], action: 'restore' }), {
    ...all('done'),
    [stays.id]: 'conflict',
  })
  for (const { rawUrl } of own) await bytesOf(await bench.get(rawUrl))
})

t.test('bulk tag and untag change many images', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const a = await bench.upload(picture, { tags: 'one,two' })
  const b = await bench.upload(picture)
  const full = await bench.upload(picture, { tags: Array.from({ length: 50 }, (_, n) => `t${n}`).join() })
  const theirs = await other.upload(picture, { tags: 'mine' })
  const ids = [a.id, b.id, full.id, theirs.id]
  t.strictSame(await bulk(bench, { ids, action: 'tag', tags: ['two', 'three', ' three '] }), {
    [a.id]: 'done',
    [b.id]: 'done',
    [full.id]: 'conflict',
    [theirs.id]: 'not-found',
  })
  t.strictSame(await tagsOf(bench, a), ['one', 'two', 'three'])
  t.strictSame(await tagsOf(bench, b), ['two', 'three'])
  t.equal((await tagsOf(bench, full)).length, 50)
  t.strictSame(await tagsOf(other, theirs), ['mine'])
  t.match(await bulk(bench, { ids: [full.id], action: 'tag', tags: ['t3'] }), { [full.id]: 'done' })
  // a comma separates tags, each of which may be long
  const long = ['a'.repeat(64), 'b'.repeat(64)]
  await bulk(bench, { ids: [b.id], action: 'tag', tags: [long.join(', ')] })
  t.strictSame(await tagsOf(bench, b), ['two', 'three', ...long])
  await bulk(bench, { ids: [b.id], action: 'untag', tags: [long.join()] })
  await bulk(bench, { ids, action: 'untag', tags: ['two', 'mine', 't0'] })
  t.strictSame(await tagsOf(bench, a), ['one', 'three'])
  t.strictSame(await tagsOf(bench, b), ['three'])
  t.equal((await tagsOf(bench, full)).length, 49)
  t.strictSame(await tagsOf(other, theirs), ['mine'])
})

t.test('an invalid bulk request changes nothing', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture, { tags: 'one' })
  const ids = [id]
  const cases: [body: unknown, words: RegExp][] = [
    [{ action: 'delete' }, /^ids: is required/],
    [{ ids: [], action: 'delete' }, /^ids/],
    [{ ids: Array.from({ length: 201 }, (_, n) => `unknown${n}`), action: 'delete' }, /^ids/],
    [{ ids, action: 'purge' }, /^action/],
    [{ ids, action: 'delete', tags: ['one'] }, /^tags/],
    [{ ids, action: 'tag' }, /^tags: are required/],
    [{ ids, action: 'tag', tags: [' '] }, /^tags: are required/],
    [{ ids, action: 'tag', tags: ['x'.repeat(65)] }, /^tags: one is too long, expected at most 64/],
    [{ ids, action: 'untag', tags: ['a\u0000b'] }, /^tags.0: must not contain control/],
    [{ ids, action: 'tag', tags: ['x'], userId: 'me' }, /^userId: is an unknown field/],
  ]
  for (const [body, words] of cases)
    t.match(
      await isProblemResponse(t, await tryBulk(bench, body), 'bad-request'),
      words,
      JSON.stringify(body).slice(0, 80),
    )
  t.strictSame(await tagsOf(bench, await read<ShownImage>(await bench.get(`/api/v1/images/${id}`))), ['one'])
})
