import { setTimeout } from 'node:timers/promises'
import { type Bench, build } from '../support/build.ts'
import { sweep } from '../support/chores.ts'
import { pdf } from '../support/foreign-files.ts'
import { freePort } from '../support/free-port.ts'
import { ingested } from '../support/ingested.ts'
import { objectsOf } from '../support/objects.ts'
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

t.test('deletion and purge remove objects by their names, without listing the store', async t => {
  const bench = await build(t)
  const { store, database } = bench.app
  const draw = '1 0 0 rg 0 0 72 72 re f'
  const document = await bench.upload(pdf([1, 2].map(() => ({ size: [72, 72], draw }))))
  const large = await bench.upload(await photo(1300, 200).png().toBuffer())
  const sign = (id: string, rest: string) => bench.sign(`/processed/${bench.userId}/${id}${rest}`)
  const urls = [
    await sign(document.id, '_page_n-1.png'),
    await sign(document.id, '_page_n-2.png'),
    await sign(large.id, `_resize_w-90_overlay_i-${document.id}.png`),
  ]
  for (const url of urls) await bytesOf(await bench.get(url))
  await bench.app.delivery.derivativeWriter.idle()
  await ingested(database, large.id)
  const before = await objectsOf(bench, 'raw', 'rungs', 'processed')
  for (const part of ['-p1.', '-p2.', '-w640.', '_resize_w-90_'])
    t.ok(
      before.some(name => name.includes(part)),
      `${part} is stored`,
    )

  // the time in which a job may still write rungs is over
  await database.query('update images set ladder_until = null')
  const list = t.intercept(store, 'list', {
    value: () => {
      throw new Error('the store was listed')
    },
  })
  t.same(await (await bench.get(`/api/v1/images/${document.id}/purge`, { method: 'POST' })).json(), {
    derivatives: 3,
  })
  for (const { id } of [document, large])
    t.equal((await bench.get(`/api/v1/images/${id}?purge=true`, { method: 'DELETE' })).status, 204)
  t.strictSame(await database.query('select id from images where purged_at is null'), [])
  list.restore()
  t.strictSame(await objectsOf(bench, 'raw', 'rungs', 'processed'), [])
})

t.test(
  'an object whose writer was killed before it recorded it is removed by a purge or the sweep',
  async t => {
    const bench = await build(t)
    const { store, database, metadata } = bench.app
    const [purged, swept] = [await bench.upload(picture), await bench.upload(picture)]
    const kill = async (id: string) => {
      const fileName = `${id}_resize_w-70.png`
      await metadata.strays.begin([{ userId: bench.userId, imageId: id, fileName }])
      await store.put(`processed/${bench.userId}/${fileName}`, picture, { contentType: 'image/png' })
    }
    for (const { id } of [purged, swept]) await kill(id)
    await sweep(bench)
    t.equal((await objectsOf(bench, 'processed')).length, 2, 'the writers may be at work')
    await bench.get(`/api/v1/images/${purged.id}/purge`, { method: 'POST' })
    t.strictSame(await objectsOf(bench, 'processed'), [`${swept.id}_resize_w-70.png`])

    // the writer of the purged image goes on, and is killed all the same
    await kill(purged.id)
    const recorded = await bench.sign(`/processed/${bench.userId}/${swept.id}_resize_w-30.png`)
    await bytesOf(await bench.get(recorded))
    await bench.app.delivery.derivativeWriter.idle()
    await metadata.strays.begin([
      { userId: bench.userId, imageId: swept.id, fileName: `${swept.id}_resize_w-30.png` },
    ])
    await database.query(`update stray_derivatives set until = now() - interval '1 second'`)
    await sweep(bench)
    t.strictSame(
      await objectsOf(bench, 'processed'),
      [`${swept.id}_resize_w-30.png`],
      'a recorded object stays',
    )
    t.strictSame(await database.query('select id from stray_derivatives'), [])
  },
)

t.test('an image whose objects cannot be removed does not stop the clean-up behind it', async t => {
  const bench = await build(t)
  const { database } = bench.app
  const [stuck, other] = [await bench.upload(picture), await bench.upload(picture)]
  await bytesOf(await bench.get(await bench.sign({ imageId: stuck.id, format: 'jpg' })))
  await until('the derivative is recorded', 3000, async () => (await rowsOf(bench)).length === 1)
  // as the statement timeout
  await database.query(
    `create function refuse() returns trigger language plpgsql as
     $$ begin raise exception 'too slow' using errcode = 'query_canceled'; end $$`,
  )
  await database.query('create trigger refuse before delete on derivatives execute function refuse()')
  for (const { id } of [stuck, other]) {
    await ingested(database, id)
    await database.query(
      `update images set state = 'deleted', deleted_at = now(), ladder_until = null where id = $1`,
      [id],
    )
  }
  await sweep(bench)
  t.strictSame(await objectsOf(bench, 'raw'), [`${stuck.id}-orig.png`])
  const chore = () =>
    database.query(
      `select code, detail, finished_at as "finishedAt" from tasks where kind = 'unfinished-deletions'`,
    )
  t.match(await chore(), [{ code: 'unavailable', detail: /^images: 1 failed/, finishedAt: Date }])
  await database.query('drop function refuse cascade')
  await sweep(bench)
  t.strictSame(await keysOf(bench), [])
  t.match(await chore(), [{ code: null }])
})
