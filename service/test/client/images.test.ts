import { randomBytes } from 'node:crypto'
import type {
  BulkResult,
  DownloadLink,
  Duplicate,
  EagerItem,
  EagerProgress,
  Image,
  Signed,
  StoredDerivative,
} from 'darkroom/client'
import sharp from 'sharp'
import type { Static } from 'typebox'
import type { ImageSchema } from '../../http/schemas/image.ts'
import { publicNetworkPolicy } from '../../net/network-policy.ts'
import { build } from '../support/build.ts'
import { startHttpServer } from '../support/http-server.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'
import { apiOf, blob, checkShape, imageShape, jpeg, receivedShape, type Shape } from './shapes.ts'

// does not compile unless the type that the service's schema describes is the client's type
const sameImage = (image: Static<typeof ImageSchema>): Image => image
void sameImage

t.test('client: images from upload to deletion', async t => {
  const bench = await build(t)
  const { images } = apiOf(bench)
  const image = await images.upload(blob, {
    title: 'A boat, at sea',
    tags: ['sea', 'boat'],
    name: 'boat.jpg',
  })
  checkShape(t, 'image', image, receivedShape)
  checkShape(t, 'image', await images.get(image.id), imageShape)
  t.match(image, { title: 'A boat, at sea', tags: ['sea', 'boat'], width: 800, height: 600, focal: null })
  t.ok((await bytesOf(await fetch(image.rawUrl))).equals(jpeg))
  const changed = await images.update(image.id, { title: 'A ship', focal: { x: 0.25, y: 1 } })
  t.match(changed, { title: 'A ship', tags: ['sea', 'boat'], focal: { x: 0.25, y: 1 } })
  t.strictSame(await images.get(image.id), changed)

  const square = await sharp(jpeg).resize(300, 300, { fit: 'fill' }).png().toBuffer()
  const replaced = await images.replace(image.id, new Blob([square]), { focal: null, name: 'ship.png' })
  checkShape(t, 'replaced', replaced, receivedShape)
  t.match(replaced, {
    id: image.id,
    title: 'A ship',
    width: 300,
    format: 'png',
    focal: null,
    fileName: 'ship.png',
  })
  t.ok((await bytesOf(await fetch(replaced.rawUrl))).equals(square))

  for (const name of ['b', 'c']) await images.upload(blob, { title: name, tags: [name] })
  const first = await images.list({ limit: 2 })
  t.equal(first.items.length, 2)
  const rest = await images.list({ limit: 2, cursor: first.nextCursor! })
  t.strictSame([rest.items.length, rest.nextCursor], [1, null])
  const all: string[] = []
  for await (const one of images.each({ limit: 1, tag: undefined })) all.push(one.title)
  t.strictSame(all.sort(), ['A ship', 'b', 'c'])
  t.strictSame(
    (await images.list({ tag: 'b' })).items.map(({ title }) => title),
    ['b'],
  )

  await images.update(image.id, { tags: ['sea', 'shop/2026'] })
  const tags = { items: [{ tag: 'sea', images: 1 }], nextCursor: null, partial: false }
  t.strictSame(await images.tags({ folder: 'shop', prefix: 'SE', ids: [image.id] }), tags)
  const folder = { path: 'shop/2026', name: '2026', images: 1, hasFolders: false }
  t.strictSame(await images.folders({ parent: 'shop' }), { items: [folder], nextCursor: null })

  const link = await images.download({ filter: { tag: 'b' }, fileName: 'b.zip' })
  const linkShape = { url: 'string', path: 'string', expiresAt: 'string', images: 'number', bytes: 'number' }
  checkShape<DownloadLink>(t, 'link', link, linkShape)
  const archive = await fetch(link.url)
  t.match(archive.headers.get('content-disposition'), 'b.zip')
  t.ok((await archive.arrayBuffer()).byteLength > jpeg.length, 'one file, not compressed')

  await images.delete(image.id)
  await t.rejects(images.get(image.id), { code: 'not-found', status: 404 })
})

t.test('client: derivatives are signed, rendered eagerly, listed and purged', async t => {
  const bench = await build(t)
  const api = apiOf(bench)
  const { images } = api
  const { id } = await images.upload(blob)
  const signed = await api.sign({
    imageId: id,
    operations: [{ op: 'resize', w: 300 }],
    format: 'png',
    expiresIn: 60,
  })
  checkShape<Signed>(t, 'signed', signed, { url: 'string', path: 'string', expires: 'number|null' })
  t.equal((await sharp(await bytesOf(await fetch(signed.url))).metadata()).width, 300)
  const batch = await api.signBatch([{ imageId: id }, { path: `/processed/${bench.userId}/${id}_flip.webp` }])
  t.strictSame(await Promise.all(batch.map(async ({ url }) => (await fetch(url)).status)), [200, 200])

  await api.presets.put('thumb', { operations: 'resize_w-64' })
  const ordered = await images.eager(id, {
    presets: ['thumb'],
    transforms: [{ operations: [{ op: 'resize', w: 90 }], format: 'webp' }],
  })
  checkShape<EagerProgress>(t, 'progress', ordered, {
    imageId: 'string',
    total: 'number',
    ready: 'number',
    pending: 'number',
    failed: 'number',
    items: 'array',
  })
  const itemShape: Shape<EagerItem> = {
    file: 'string',
    path: 'string',
    preset: 'string?',
    format: 'string',
    state: 'string',
    code: 'string?',
    detail: 'string?',
  }
  for (const item of ordered.items) checkShape(t, 'item', item, itemShape)
  await until('all are ready', 120_000, async () => (await images.progress(id)).pending === 0)
  t.match(await images.progress(id), { imageId: id, failed: 0, ready: ordered.total })

  const shape: Shape<StoredDerivative> = {
    fileName: 'string',
    format: 'string',
    width: 'number',
    height: 'number',
    bytes: 'number',
    etag: 'string',
    costMs: 'number',
    createdAt: 'string',
    hits: 'number',
    url: 'string?',
  }
  await until(
    'the records are written',
    120_000,
    // what was ordered, and the three that were requested by their signed URLs
    async () => (await images.derivatives(id)).items.length === ordered.total + 3,
  )
  const { items } = await images.derivatives(id, { limit: 100 })
  for (const item of items) checkShape(t, 'derivative', item, shape)
  t.ok(items.some(({ width, format }) => width === 300 && format === 'png'))
  t.strictSame(await images.purge(id), { derivatives: items.length })
  t.strictSame((await images.derivatives(id)).items, [])
  t.strictSame(await api.purge({ imageId: id }), { derivatives: 0 })
  t.match(await api.purge({ tag: 'sea' }), { queued: true, taskId: /^[a-z0-9]{16}$/ })
})

t.test('client: bulk deletion, restore and duplicates', async t => {
  const bench = await build(t)
  const { images } = apiOf(bench)
  const [one, two] = [await images.upload(blob, { tags: ['sea'] }), await images.upload(blob)]
  t.strictSame(two.duplicates, [one.id])
  const { items: found } = await images.duplicates(one.id, { distance: 0, limit: 5 })
  checkShape<Duplicate>(t, 'duplicate', found[0]!, {
    exact: 'boolean',
    distance: 'number|null',
    image: 'object',
  })
  t.match(found, [{ exact: true, image: { id: two.id } }])

  t.strictSame(await images.neighbours(one.id, { sort: 'createdAt' }), { previous: null, next: two.id })

  await images.delete(one.id)
  const [kept] = (await images.list({ deleted: true })).items
  checkShape(t, 'deleted image', kept!, { ...imageShape, deletedAt: 'string', keptUntil: 'string' })
  t.equal((await images.restore(one.id)).id, one.id)
  const { items } = await images.bulk({ ids: [one.id, 'unknown1'], action: 'tag', tags: ['blue'] })
  const shape: Shape<BulkResult> = { id: 'string', done: 'boolean', code: 'string?', detail: 'string?' }
  for (const item of items) checkShape(t, 'result', item, shape)
  t.match(items, [
    { id: one.id, done: true },
    { id: 'unknown1', done: false, code: 'not-found' },
  ])
  t.strictSame((await images.get(one.id)).tags, ['sea', 'blue'])
  await images.bulk({ ids: [one.id, two.id], action: 'delete' })
  t.strictSame((await images.list()).items, [])
  await images.delete(two.id, { purge: true })
  await t.rejects(images.restore(two.id), { code: 'not-found' })
})

t.test('client: images are imported by URL', async t => {
  const name = `${randomBytes(4).toString('hex')}.jpg`
  const port = await startHttpServer(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(jpeg)
  })
  const bench = await build(t, {}, { ...publicNetworkPolicy, allows: address => address === '127.0.0.1' })
  const { images, jobs } = apiOf(bench)
  const from = `http://127.0.0.1:${port}/${name}`
  const image = await images.import(from, { title: 'Fetched', tags: ['far'] })
  checkShape(t, 'image', image, receivedShape)
  t.match(image, { title: 'Fetched', tags: ['far'], fileName: name, width: 800 })
  await t.rejects(images.import('ftp://example.com/a.jpg'), { code: 'bad-request', detail: /^url/ })
  const { taskId, images: count } = await images.importMany([{ url: from, reference: 'mine', title: 'Many' }])
  t.equal(count, 1)
  await until('it is imported', 30_000, async () => {
    const { items } = await images.importResults(taskId, { state: 'done' })
    return items[0]?.reference === 'mine' && (await images.get(items[0].imageId!)).title === 'Many'
  })
  const { tasks = [] } = await jobs.list()
  t.match(
    tasks.find(({ id }) => id === taskId),
    { kind: 'import', failed: 0, failures: [] },
  )
})
