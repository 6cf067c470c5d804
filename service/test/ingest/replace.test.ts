import { publicNetworkPolicy } from '../../net/network-policy.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { openCallReceiver } from '../support/call-receiver.ts'
import { put, settled } from '../support/eager.ts'
import { ingested } from '../support/ingested.ts'
import { another } from '../support/limited.ts'
import { objectsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import {
  at,
  blue,
  colorOf,
  green,
  pathOf,
  type Received,
  red,
  replace,
  sha256Of,
  staleObjects,
} from '../support/replace.ts'
import { bytesOf, callJson, read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'
import { create } from '../support/webhook-calls.ts'

const bench = await build(t, {}, { ...publicNetworkPolicy, allows: address => address === '127.0.0.1' })
const eve = await bench.join('eve@example.com')
const sign = (id: string, rest: string) => bench.sign(`/processed/${bench.userId}/${id}${rest}`)

t.test('a replaced original is served in every derivative, in every process', async t => {
  const other = await another(t, bench)
  const receiver = await openCallReceiver(t)
  await create(bench, receiver.url, 'image.ready')
  await put(bench, 'thumb', 'resize_w-40')
  const labels = { title: 'Boat', tags: 'sea', alt: 'A boat', metadata: '{"sku":"B7"}' }
  const before = await bench.upload(red, labels)
  const host = await bench.upload(await photo(300, 200).jpeg().toBuffer())
  await read(await callJson(bench, 'PATCH', `/api/v1/images/${before.id}`, { focal: { x: 0.25, y: 0.5 } }))
  await ingested(bench.app.database, before.id, host.id)
  await settled(bench, before.id)
  const urls = [
    await sign(before.id, '_resize_w-100.png'),
    await sign(before.id, '_resize_w-90.avif'),
    await sign(before.id, '_crop_w-80,h-80,g-focal.png'),
    await sign(host.id, `_resize_w-60_overlay_i-${before.id},w-0.9.png`),
  ]
  for (const url of urls) {
    for (const base of [bench.url, other.url, bench.url]) t.equal(await colorOf(at(url, base)), 'red')
  }
  await bench.app.delivery.derivativeWriter.idle()
  const [stale] = await Promise.all(urls.map(async url => (await fetch(url)).headers.get('etag') ?? ''))

  const after = await read<Received>(await replace(bench, before.id, blue))
  t.match(after, {
    ...{ id: before.id, title: 'Boat', tags: ['sea'], alt: 'A boat', metadata: { sku: 'B7' } },
    ...{ focal: { x: 0.25, y: 0.5 }, createdAt: before.createdAt, fileName: 'new.png', thumbhash: null },
    ...{
      format: 'png',
      width: 1000,
      height: 1400,
      bytes: blue.length,
      sha256: sha256Of(blue),
      duplicates: [],
    },
  })
  for (const url of urls) t.equal(await colorOf(url), 'blue', `${url} right after the answer`)
  for (const url of urls) {
    await until('the other process serves the new original', 2_000, async () => {
      return (await colorOf(at(url, other.url))) === 'blue'
    })
  }
  const conditional = await fetch(urls[0]!, { headers: { 'if-none-match': stale! } })
  t.equal(conditional.status, 200, 'the old entity tag is not current')
  t.match(conditional.headers.get('cache-control'), 'max-age=3600', 'it may be replaced again')
  t.ok((await bytesOf(await fetch(after.rawUrl))).equals(blue))
  await isProblemResponse(
    t,
    await fetch(before.rawUrl),
    'not-found',
    'the old address, with the old extension',
  )
  t.strictSame(await staleObjects(bench, before.id), [])

  await ingested(bench.app.database, before.id)
  const shown = await read<ShownImage>(await bench.get(`/api/v1/images/${before.id}`))
  t.type(shown.thumbhash, 'string', 'it is analysed again')
  await until('webhooks are told', 10_000, () =>
    receiver.calls.some(({ body }) => JSON.parse(body).data.sha256 === sha256Of(blue)),
  )
  t.match((await settled(bench, before.id)).items, [{ preset: 'thumb', state: 'ready' }])
  const thumb = await sign(before.id, '_preset_n-thumb.webp')
  const eager = await fetch(thumb)
  t.not(eager.headers.get('darkroom-cache'), 'miss', 'eager presets are rendered again')
  t.equal(await colorOf(thumb), 'blue')
  await bench.app.delivery.derivativeWriter.idle()
  await other.app.delivery.derivativeWriter.idle()

  const again = await read<Received>(await replace(bench, before.id, green, { focal: 'null' }))
  t.match(again, { format: 'jpg', focal: null, sha256: sha256Of(green) })
  for (const url of urls) t.equal(await colorOf(url), 'green')
  const raw = at(again.rawUrl, other.url)
  await until('the other process knows the format', 2_000, async () => (await fetch(raw)).ok)
  await read(await replace(bench, before.id, red))
  t.ok((await bytesOf(await fetch(raw))).equals(red), 'the other process sends the newest original')
  t.strictSame(await staleObjects(bench, before.id), [])
  await bench.get(`/api/v1/images/${before.id}?purge=true`, { method: 'DELETE' })
  await bench.app.delivery.derivativeWriter.idle()
  t.strictSame(
    (await objectsOf(bench, 'raw', 'rungs', 'processed')).filter(name => name.includes(before.id)),
    [],
    'a deletion removes every version',
  )
})

t.test('a refused replacement leaves the original as it is', async t => {
  const image = await bench.upload(red)
  const url = await sign(image.id, '_resize_w-30.png')
  t.equal(await colorOf(url), 'red')
  const made = await callJson(bench, 'POST', '/api/v1/api-keys', {
    name: 'r',
    scopes: ['images:read', 'sign'],
  })
  const { secret } = await read<{ secret: string }>(made, 201)
  const reader = {
    get: (path: string, init: RequestInit = {}) =>
      fetch(`${bench.url}${path}`, { ...init, headers: { authorization: `Bearer ${secret}` } }),
  }
  const cases = [
    ['forbidden', await replace(reader, image.id, blue)],
    ['not-found', await replace(eve, image.id, blue)],
    ['not-found', await replace(bench, 'unknown1', blue)],
    ['not-an-image', await replace(bench, image.id, Buffer.from('no image'))],
    ['not-an-image', await replace(bench, image.id, Buffer.alloc(0))],
    ['undecodable', await replace(bench, image.id, blue.subarray(0, 200))],
    ['bad-request', await replace(bench, image.id, blue, { title: 'x' })],
    ['bad-request', await replace(bench, image.id, blue, { focal: '{"x":2,"y":0}' })],
    ['bad-request', await replace(bench, image.id, blue, { focal: 'left' })],
    ['bad-request', await bench.get(pathOf(image.id), { method: 'PUT', body: new FormData() })],
  ] as const
  for (const [code, answer] of cases) await isProblemResponse(t, answer, code)
  const shown = await read<ShownImage>(await bench.get(`/api/v1/images/${image.id}`))
  t.match(shown, { sha256: image.sha256, fileName: image.fileName, focal: null })
  t.ok((await bytesOf(await fetch(shown.rawUrl))).equals(red))
  t.equal((await fetch(url)).headers.get('darkroom-cache'), 'memory')
  t.strictSame(await bench.app.database.query('select id from original_files'), [])
})

t.test('a replacement reports duplicates, is audited, and keeps within the storage quota', async t => {
  const twin = await bench.upload(green)
  const image = await bench.upload(red)
  const { duplicates } = await read<Received>(await replace(bench, image.id, green))
  t.ok(duplicates.includes(twin.id))
  t.notOk(duplicates.includes(image.id), 'not the image itself')
  const actions = await bench.app.database.query(
    'select action, subject from audit where user_id = $1 and subject = $2',
    [bench.userId, image.id],
  )
  t.match(actions, [{ action: 'image.replace' }])

  const admin = await administrator(bench)
  const { id } = await eve.upload(green)
  const limit = (storageBytes: number) =>
    callJson(admin, 'PATCH', `/api/v1/users/${eve.userId}`, { limits: { images: 1, storageBytes } })
  const large = await photo(900, 700, 4).png().toBuffer()
  await read(await limit(large.length))
  await read(await replace(eve, id, large), 200)
  await read(await limit(large.length - 1))
  await read(await replace(eve, id, green), 200)
  await isProblemResponse(t, await replace(eve, id, large), 'over-limit', 'one byte too much')
  t.equal((await read<ShownImage>(await eve.get(`/api/v1/images/${id}`))).bytes, green.length)
})
