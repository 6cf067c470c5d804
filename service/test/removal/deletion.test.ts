import { setTimeout } from 'node:timers/promises'
import { type Bench, build } from '../support/build.ts'
import { freePort } from '../support/free-port.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(1000, 750).png({ compressionLevel: 1 }).toBuffer()

async function keysOf(bench: Bench): Promise<string[]> {
  const keys: string[] = []
  for (const prefix of ['raw/', 'processed/']) {
    for await (const key of bench.app.store.list(prefix)) keys.push(key)
  }
  return keys
}

const rowsOf = (bench: Bench) => bench.app.database.query('select file_name from derivatives')

async function remove(bench: Bench, id: string): Promise<number> {
  return (await bench.get(`/api/v1/images/${id}`, { method: 'DELETE' })).status
}

t.test('deleting an image removes its derivatives at once', async t => {
  const bench = await build(t)
  const [image, other] = [await bench.upload(picture), await bench.upload(picture)]
  const urls: string[] = []
  for (const { id } of [image, other]) {
    for (const width of [40, 50]) {
      const url = await bench.sign(`/processed/${bench.userId}/${id}_resize_w-${width}.jpg`)
      urls.push(url)
      await bytesOf(await bench.get(url))
      await bytesOf(await bench.get(url))
    }
  }
  await until('all derivatives are recorded', 3000, async () => (await rowsOf(bench)).length === 4)
  t.equal(await remove(bench, image.id), 204)
  for (const url of [...urls.slice(0, 2), image.rawUrl]) {
    const response = await bench.get(url)
    t.equal(response.headers.get('cache-control'), 'public, max-age=60')
    await isProblemResponse(t, response, 'deleted')
  }
  const left = await keysOf(bench)
  t.strictSame(
    left.filter(key => !key.includes(other.id)),
    [`raw/${bench.userId}/${image.id}-orig.png`],
    'only its original is left',
  )
  t.equal(left.length, 4, 'objects of the other image stay')
  t.equal((await rowsOf(bench)).length, 2)
  await isProblemResponse(t, await bench.get(`/api/v1/images/${image.id}`), 'not-found')
  t.equal(await remove(bench, image.id), 404)
  const list = (await (await bench.get('/api/v1/images')).json()) as { items: { id: string }[] }
  t.strictSame(
    list.items.map(item => item.id),
    [other.id],
  )
  await bytesOf(await bench.get(urls[2]!))
  const again = await bench.restart()
  await isProblemResponse(t, await again.get(urls[0]!), 'deleted', 'after a restart')
})

t.test('deleting an image during its rendering leaves nothing', async t => {
  const bench = await build(t)
  for (const pauseMs of [0, 30, 80, 150, 300]) {
    const image = await bench.upload(picture)
    const urls = await Promise.all(
      [600, 500, 400].map(w =>
        bench.sign({ imageId: image.id, operations: [{ op: 'resize', w }], format: 'avif' }),
      ),
    )
    const requests = urls.map(url => bench.get(url))
    await setTimeout(pauseMs)
    t.equal(await remove(bench, image.id), 204)
    for (const response of await Promise.all(requests)) {
      t.ok([200, 410].includes(response.status), `answered ${response.status}`)
      await response.arrayBuffer()
    }
    await bench.app.delivery.derivativeWriter.idle()
    for (const url of urls) await isProblemResponse(t, await bench.get(url), 'deleted')
  }
  await bench.app.delivery.derivativeWriter.idle()
  t.strictSame(
    (await keysOf(bench)).filter(key => !key.startsWith('raw/')),
    [],
  )
  t.strictSame(await rowsOf(bench), [])
})

t.test('a permanent deletion takes effect at once in a process that has nothing in memory', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture)
  const other = await build(t, { ...bench.environment, PORT: String(await freePort()) })
  const at = (url: string) => url.replace(bench.url, other.url)
  const url = await bench.sign({ imageId: image.id, operations: [{ op: 'blur', s: 3 }], format: 'jpg' })
  // the other process caches the row for a second, but no bytes
  t.equal((await fetch(at(image.rawUrl), { method: 'HEAD' })).status, 200)
  const purged = await bench.get(`/api/v1/images/${image.id}?purge=true`, { method: 'DELETE' })
  t.equal(purged.status, 204)
  for (const gone of [url, image.rawUrl]) await isProblemResponse(t, await fetch(at(gone)), 'deleted')
})

t.test('a soft deletion takes effect in another process within a second', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture)
  const other = await build(t, { ...bench.environment, PORT: String(await freePort()) })
  const at = (url: string) => url.replace(bench.url, other.url)
  const signed = (s: number) =>
    bench.sign({ imageId: image.id, operations: [{ op: 'blur', s }], format: 'jpg' })
  const [kept, cold] = [await signed(3), await signed(4)]
  for (const _ of [1, 2]) await bytesOf(await fetch(at(kept)))
  t.equal(await remove(bench, image.id), 204)
  const deleted = performance.now()
  for (const gone of [kept, cold, image.rawUrl]) {
    await until(`${gone} is gone`, 10_000, async () => {
      const begun = performance.now()
      const response = await fetch(at(gone))
      await response.arrayBuffer()
      t.ok(
        response.status === 410 || begun - deleted < 1_000,
        `${response.status}, expected 410 after a second`,
      )
      return response.status === 410
    })
    await isProblemResponse(t, await fetch(at(gone)), 'deleted')
  }
})
