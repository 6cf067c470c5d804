import { build } from '../support/build.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson, read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'

interface Page {
  readonly items: readonly ShownImage[]
  readonly nextCursor: string | null
}

const bench = await build(t)
const upload = async (seed: number) => bench.upload(await photo(300, 200, seed).jpeg().toBuffer())
const [one, two, three] = [await upload(1), await upload(2), await upload(3)]
const label = (id: string, labels: object) => callJson(bench, 'PATCH', `/api/v1/images/${id}`, labels)
const list = async (query: string) => read<Page>(await bench.get(`/api/v1/images?${query}`))

t.test('images are listed by ids, without foreign and unknown ones', async t => {
  const eve = await bench.join('eve@example.com')
  const foreign = await eve.upload(await photo(30, 20).jpeg().toBuffer())
  const { items, nextCursor } = await list(`ids=${three.id},${foreign.id},nothing1,${one.id}`)
  t.strictSame(
    items.map(({ id }) => id),
    [three.id, one.id],
    'newest first',
  )
  t.equal(nextCursor, null)
  const first = await list(`ids=${one.id},${two.id}&limit=1`)
  t.strictSame([first.items.length, first.items[0]!.id], [1, two.id])
  const rest = await list(`ids=${one.id},${two.id}&limit=1&cursor=${first.nextCursor}`)
  t.strictSame([rest.items[0]!.id, rest.nextCursor], [one.id, null])
  const tooMany = Array.from({ length: 101 }, () => one.id).join(',')
  for (const bad of ['', 'UPPER1', `${one.id},`, `${one.id};${two.id}`, "a' or 1=1", tooMany]) {
    const answer = await bench.get(`/api/v1/images?ids=${encodeURIComponent(bad)}`)
    t.match(await isProblemResponse(t, answer, 'bad-request', bad), /ids/, bad)
  }
})

t.test('the images before and after an image follow the order and the filters of a list', async t => {
  const around = async (id: string, query = '') =>
    read<{ previous: string | null; next: string | null }>(
      await bench.get(`/api/v1/images/${id}/neighbours?${query}`),
    )
  t.strictSame(await around(two.id), { previous: three.id, next: one.id }, 'newest first')
  t.strictSame(await around(two.id, 'sort=createdAt'), { previous: one.id, next: three.id })
  t.strictSame(await around(three.id), { previous: null, next: two.id }, 'the first one')
  await Promise.all([one, three].map(({ id }) => label(id, { title: 'Boat', tags: ['sea'] })))
  await label(two.id, { title: 'Boat' })
  t.strictSame(await around(one.id, 'tag=sea&q=boat'), { previous: three.id, next: null })
  t.strictSame(await around(two.id, 'tag=sea'), { previous: three.id, next: one.id }, 'not in the list')
  // of equal titles the id decides
  const ids = [one.id, two.id, three.id].sort()
  t.strictSame(await around(ids[1]!, 'sort=title'), { previous: ids[0], next: ids[2] })
  t.strictSame(await around(ids[1]!, 'sort=-title'), { previous: ids[2], next: ids[0] })
  const bad = await bench.get(`/api/v1/images/${one.id}/neighbours?sort=colour`)
  t.match(await isProblemResponse(t, bad, 'bad-request'), /sort/)
  await isProblemResponse(t, await bench.get('/api/v1/images/nothing1/neighbours'), 'not-found')
})

t.test('listed images have a thumbhash once they are ingested', async t => {
  t.equal(one.thumbhash, null, 'none right after the upload')
  await ingested(bench.app.database, one.id, two.id)
  const info = await bench.sign({ imageId: one.id, operations: [{ op: 'info' }], format: 'json' })
  const { thumbhash } = await read<{ thumbhash: string }>(await fetch(info))
  t.match(thumbhash, /^[\w+/]{20,}=*$/)
  t.equal((await read<ShownImage>(await bench.get(`/api/v1/images/${one.id}`))).thumbhash, thumbhash)
  const { items } = await list(`ids=${one.id},${two.id}`)
  t.equal(items[1]!.thumbhash, thumbhash)
  t.type(items[0]!.thumbhash, 'string')
  t.not(items[0]!.thumbhash, thumbhash, 'each image has its own')
})

t.test('tags and folders are listed with counts and select images', async t => {
  const tagged = async (seed: number, tags: string) =>
    bench.upload(await photo(60, 40, seed).jpeg().toBuffer(), { tags })
  const [spring, summer] = [
    await tagged(4, 'shop/2026/spring,Sale'),
    await tagged(5, 'shop/2026/summer,Sale'),
  ]
  await tagged(6, 'shop')
  const tags = await read(await bench.get('/api/v1/images/tags?folder=shop/2026&limit=2'))
  const items = [
    { tag: 'Sale', images: 2 },
    { tag: 'shop/2026/spring', images: 1 },
  ]
  t.match(tags, { items, nextCursor: /^\S+$/, partial: false })
  t.match(await read(await bench.get('/api/v1/images/tags?prefix=sa')), {
    items: [items[0]],
    nextCursor: null,
  })
  const folders = async (query: string) =>
    (await read<{ items: unknown[] }>(await bench.get(`/api/v1/images/folders?${query}`))).items
  t.strictSame(await folders(''), [{ path: 'shop', name: 'shop', images: 3, hasFolders: true }])
  t.strictSame(await folders('parent=shop/2026&limit=1'), [
    { path: 'shop/2026/spring', name: 'spring', images: 1, hasFolders: false },
  ])
  const found = async (folder: string) => (await list(`folder=${folder}`)).items.map(({ id }) => id)
  t.strictSame(await found('shop/2026'), [summer.id, spring.id])
  t.equal((await found('shop')).length, 3)
  t.strictSame(await found('sho'), [])
  for (const bad of ['folder=/shop', 'folder=shop/', 'folder=a//b', 'folder='])
    await isProblemResponse(t, await bench.get(`/api/v1/images?${bad}`), 'bad-request', bad)
  await isProblemResponse(t, await bench.get('/api/v1/images/folders?parent=/'), 'bad-request')
  await isProblemResponse(t, await bench.get('/api/v1/images/tags?cursor=x'), 'bad-request')
})
