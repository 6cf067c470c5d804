import sharp from 'sharp'
import { DerivativeRepository } from '../../metadata/derivatives.ts'
import { build } from '../support/build.ts'
import { objectsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf, callJson } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const landscape = await photo(900, 600).jpeg({ quality: 90 }).toBuffer()

interface Info {
  readonly focal: { x: number; y: number } | null
}

t.test('a new focal point purges the derivatives that depend on it, and no others', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(landscape)
  const crop = (g: string) =>
    bench.sign({ imageId: id, operations: [{ op: 'resize', w: 100, h: 200, g }], format: 'png' })
  const [focal, plain, info] = [
    await crop('focal'),
    await crop('east'),
    await bench.sign({ imageId: id, operations: [{ op: 'info' }], format: 'json' }),
  ]
  const [centred, east] = [await bytesOf(await bench.get(focal)), await bytesOf(await bench.get(plain))]
  t.notOk(centred.equals(east))
  await bench.get(info)
  await bench.app.delivery.derivativeWriter.idle()

  const response = await callJson(bench, 'PATCH', `/api/v1/images/${id}`, {
    focal: { x: 1, y: 0.5 },
    title: 'Hills',
    tags: ['a', 'b,c'],
  })
  t.equal(response.status, 200)
  const changed = { focal: { x: 1, y: 0.5 }, title: 'Hills', tags: ['a', 'b', 'c'] }
  t.match(await response.json(), { id, ...changed })
  t.match(await (await bench.get(`/api/v1/images/${id}`)).json(), changed)
  const names = await bench.app.database.query<{ name: string }>(
    'select file_name as name from derivatives where image_id = $1',
    [id],
  )
  t.strictSame(names, [{ name: `${id}_resize_w-100,h-200,g-east.png` }])

  const moved = await bench.get(focal)
  t.equal(moved.headers.get('darkroom-cache'), 'miss')
  t.ok((await bytesOf(moved)).equals(east), 'the focal point at the far right equals the gravity east')
  t.equal((await bench.get(plain)).headers.get('darkroom-cache'), 'store')
  t.strictSame(((await (await bench.get(info)).json()) as Info).focal, changed.focal)
  for (const [url, caching] of Object.entries({
    [focal]: /^public, max-age=3600$/,
    [info]: /=3600$/,
    [plain]: /immutable/,
  })) {
    t.match(
      (await bench.get(url)).headers.get('cache-control'),
      caching,
      'a response that may change is cached for an hour',
    )
  }
  // without an answer of the database in time, a stored object is served, even one that is written just now
  await bench.app.delivery.derivativeWriter.idle()

  t.match(await (await callJson(bench, 'PATCH', `/api/v1/images/${id}`, { focal: null })).json(), {
    focal: null,
    title: 'Hills',
  })
  const back = await bench.get(focal)
  const bytes = await bytesOf(back)
  const shown = { centred: bytes.equals(centred), east: bytes.equals(east) }
  t.strictSame(
    { tier: back.headers.get('darkroom-cache'), ...shown },
    { tier: 'miss', centred: true, east: false },
  )
})

t.test('a change of the focal point applies to prepared responses at once', async t => {
  const bench = await build(t)
  // of an image that is not ingested, the database sends no notices of changes
  await bench.app.jobs.worker.drain(0)
  const { id } = await bench.upload(landscape)
  const operations = [{ op: 'resize', w: 100, h: 200, g: 'focal' }]
  const url = await bench.sign({ imageId: id, operations, format: 'png' })
  const old = await bytesOf(await bench.get(url))
  t.equal((await bench.get(url)).headers.get('darkroom-cache'), 'memory')
  // its row follows later
  await until('the object is stored', 5_000, async () => (await objectsOf(bench, 'processed')).length > 0)
  await callJson(bench, 'PATCH', `/api/v1/images/${id}`, { focal: { x: 1, y: 0.5 } })
  t.notOk((await bytesOf(await bench.get(url))).equals(old))
})

t.test('a focal point that moves during renders leaves no derivative of the old one', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(landscape)
  const sign = (format: string, g: string) =>
    bench.sign({ imageId: id, operations: [{ op: 'resize', w: 100, h: 200, g }], format })
  const formats = ['png', 'webp', 'jpg', 'avif']
  const focal = await Promise.all(formats.map(format => sign(format, 'focal')))
  const east = await Promise.all(formats.map(format => sign(format, 'east')))
  const responses = focal.map(async url => bytesOf(await bench.get(url)))
  await callJson(bench, 'PATCH', `/api/v1/images/${id}`, { focal: { x: 1, y: 0.5 } })
  await Promise.all(responses)
  const second = await bench.restart()
  for (const [index, url] of focal.entries()) {
    const [moved, expected] = [
      await bytesOf(await second.get(url)),
      await bytesOf(await second.get(east[index]!)),
    ]
    t.ok(moved.equals(expected), `as ${formats[index]}`)
  }
})

t.test('the row of a derivative with an old focal point is not inserted', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(landscape)
  const fileName = `${id}_resize_w-100,h-200,g-focal.png`
  const row = { userId: bench.userId, imageId: id, fileName, format: 'png', width: 1, height: 1 }
  const derivative = { ...row, bytes: 1, etag: '"x"', variant: 'final' as const, costMs: 1 }
  const derivatives = new DerivativeRepository(bench.app.database)
  const refused = async (focal: { x: number; y: number } | null) =>
    (await derivatives.record([{ ...derivative, focal }])).length
  t.equal(await refused(null), 0)
  await callJson(bench, 'PATCH', `/api/v1/images/${id}`, { focal: { x: 0.25, y: 0.5 } })
  t.equal(await refused(null), 1)
  t.equal(await refused({ x: 0.2, y: 0.5 }), 1)
  t.equal(await refused({ x: 0.25, y: 0.5 }), 0)
})

t.test('an object that depends on a focal point is not served without a row', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(landscape)
  const file = `${id}_resize_w-100,h-200,g-focal.png`
  const key = `processed/${bench.userId}/${file}`
  const old = await sharp(landscape).resize(100, 200, { fit: 'cover', position: 'left' }).png().toBuffer()
  const signal = new AbortController().signal
  await bench.app.store.put(key, old, { contentType: 'image/png', durable: false, signal })
  const response = await bench.get(await bench.sign(`/${key}`))
  t.equal(response.headers.get('darkroom-cache'), 'miss', 'the object has no row')
  t.notOk((await bytesOf(response)).equals(old))
  await bench.app.delivery.derivativeWriter.idle()
  const again = await bench.restart()
  const kept = await again.get(await again.sign(`/${key}`))
  t.equal(kept.headers.get('darkroom-cache'), 'store', 'an object with a row is served')
})

t.test('image changes are validated, and images of other users are not found', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(landscape)
  const refused = async (body: unknown, detail: RegExp) => {
    const response = await callJson(bench, 'PATCH', `/api/v1/images/${id}`, body)
    t.equal(response.status, 400, JSON.stringify(body))
    t.match(await response.json(), { code: 'bad-request', detail }, JSON.stringify(body))
  }
  await refused({ focal: { x: 2, y: 0 } }, /focal/)
  await refused({ focal: { x: 0.5 } }, /focal/)
  await refused({ focal: 'middle' }, /focal/)
  await refused({ title: 'x'.repeat(201) }, /^title/)
  await refused({ tags: ['x'.repeat(65)] }, /^tags/)
  await refused({ width: 3 }, /width/)
  const other = await bench.join('other@example.com')
  const headers = { authorization: `Bearer ${other.token}`, 'content-type': 'application/json' }
  const init = { method: 'PATCH', body: JSON.stringify({ title: 'mine' }), headers }
  t.equal((await bench.get(`/api/v1/images/${id}`, init)).status, 404)
  t.equal((await callJson(bench, 'PATCH', `/api/v1/images/${'abcdefgh'}`, { title: 'none' })).status, 404)
  t.equal(((await (await bench.get(`/api/v1/images/${id}`)).json()) as { title: string }).title, '')
})
