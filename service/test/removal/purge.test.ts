import type { JobPage } from '../../client/api-account-types.ts'
import { DarkroomError } from '../../errors/catalogue.ts'
import { type Bench, build } from '../support/build.ts'
import { sweep } from '../support/chores.ts'
import { freePort } from '../support/free-port.ts'
import { objectsOf, recordsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(900, 600).jpeg().toBuffer()

/** The cache tier of the response. */
async function tierOf(url: string, at?: Session): Promise<string> {
  const response = await fetch(at ? new URL(new URL(url).pathname + new URL(url).search, at.url) : url)
  await bytesOf(response)
  return response.headers.get('darkroom-cache') ?? ''
}

const purge = (session: Session, body: unknown) => callJson(session, 'POST', '/api/v1/purge', body)

const purgeImage = (session: Session, id: string) =>
  session.get(`/api/v1/images/${id}/purge`, { method: 'POST' })

/** Another process on the same data with its own queue, so that it receives no purge notices. */
const another = async (t: Test, { environment }: Bench) =>
  build(t, { ...environment, PORT: String(await freePort()) })

/** Brings derivatives into the memory of both processes, the store and the database. */
async function warm(bench: Bench, other: Bench, urls: readonly string[]): Promise<void> {
  for (const url of urls) await tierOf(url)
  await bench.app.delivery.derivativeWriter.idle()
  for (const url of urls) {
    await tierOf(url, other)
    if ((await tierOf(url, other)) !== 'memory')
      throw new Error(`${url} is not in the memory of the other process`)
  }
}

/** Two processes, and an image that is an overlay of another. */
async function setUpOverlay(t: Test) {
  const bench = await build(t)
  const other = await another(t, bench)
  const [logo, host] = [await bench.upload(picture), await bench.upload(picture)]
  const sign = (id: string, rest: string) => bench.sign(`/processed/${bench.userId}/${id}${rest}`)
  const urls = {
    own: await sign(logo.id, '_resize_w-50.jpg'),
    bare: await sign(logo.id, '.png'),
    inHost: await sign(host.id, `_resize_w-60_overlay_i-${logo.id},w-0.5.jpg`),
    ofHost: await sign(host.id, '_resize_w-60.jpg'),
  }
  await warm(bench, other, Object.values(urls))
  return { bench, other, logo, host, urls }
}

t.test('purging an image removes its derivatives and those that contain it in every process', async t => {
  const { bench, other, logo, host, urls } = await setUpOverlay(t)
  const before = await objectsOf(bench, 'raw', 'rungs')
  t.equal((await objectsOf(bench, 'processed')).length, 4)

  t.strictSame(await read(await purgeImage(bench, logo.id)), { derivatives: 3 })
  t.strictSame(await objectsOf(bench, 'processed'), [`${host.id}_resize_w-60.jpg`])
  t.strictSame(await recordsOf(bench), [`${host.id}_resize_w-60.jpg`])
  t.strictSame(await objectsOf(bench, 'raw', 'rungs'), before, 'originals and rungs stay')
  t.equal(await tierOf(urls.own), 'miss')
  await bench.app.delivery.derivativeWriter.idle()
  for (const url of [urls.own, urls.bare, urls.inHost]) {
    let hits = 0
    await until('the other process has evicted it', 10_000, async () => {
      const tier = await tierOf(url, other)
      if (tier === 'memory') hits++
      return tier === (url === urls.own ? 'store' : 'miss')
    })
    t.ok(hits < 500, `${hits} hits`)
  }
  t.equal(await tierOf(urls.ofHost, other), 'store', 'all derivatives of the image were evicted from memory')
  await other.app.delivery.derivativeWriter.idle()
  t.strictSame(await read(await purge(bench, { imageId: logo.id })), { derivatives: 3 }, 'a repeated purge')
})

t.test('purge by tag and purge all run in a job', async t => {
  const bench = await build(t)
  const other = await another(t, bench)
  const stranger = await bench.join('stranger@example.com')
  const foreign = await stranger.upload(picture, { tags: 'red' })
  const foreignUrl = await stranger.sign({ imageId: foreign.id, format: 'png' })
  const images = [
    await bench.upload(picture, { tags: 'red,round' }),
    await bench.upload(picture, { tags: 'red' }),
    await bench.upload(picture, { tags: 'blue' }),
  ]
  const urls = await Promise.all(images.map(({ id }) => bench.sign({ imageId: id, format: 'png' })))
  await warm(bench, other, [...urls, foreignUrl])

  const response = await purge(bench, { tag: 'red' })
  const queued = await read<{ queued: true; taskId: string }>(response, 202)
  t.match(queued, { queued: true, taskId: /^[a-z0-9]{16}$/ })
  const left = [`${images[2]!.id}.png`, `${foreign.id}.png`].sort()
  await until(
    'derivatives of tagged images are gone',
    10_000,
    async () => (await recordsOf(bench)).length === 2,
  )
  t.strictSame(await objectsOf(bench, 'processed'), left)
  const jobs = (session: Session) => session.get('/api/v1/jobs').then(response => read<JobPage>(response))
  await until('the task is done', 10_000, async () => (await jobs(bench)).tasks?.[0]?.state === 'done')
  t.match((await jobs(bench)).tasks, [
    { id: queued.taskId, kind: 'purge', subject: 'tag red', done: 2, total: 2, percent: 100, code: null },
  ])
  t.match(await jobs(stranger), { tasks: [] })
  t.equal((await bench.get(`/api/v1/jobs/${queued.taskId}/cancel`, { method: 'POST' })).status, 409)
  t.equal((await bench.get(`/api/v1/jobs/${queued.taskId}/retry`, { method: 'POST' })).status, 409)
  for (const url of urls.slice(0, 2))
    await until(
      'the other process has evicted it',
      10_000,
      async () => (await tierOf(url, other)) !== 'memory',
    )
  t.equal(await tierOf(urls[2]!, other), 'memory')

  await other.app.delivery.derivativeWriter.idle()
  await read(await purge(bench, { tag: 'unused tag' }), 202)
  await read(await purge(bench, { all: true }), 202)
  await until('all are gone', 10_000, async () =>
    (await recordsOf(bench)).every(name => name.startsWith(foreign.id)),
  )
  await until(
    'the other process has evicted all',
    10_000,
    async () => (await tierOf(urls[2]!, other)) !== 'memory',
  )
  t.equal(await tierOf(foreignUrl, other), 'memory', "another user's derivatives stay")
})

t.test('a purge of more than one page of images completes', async t => {
  const bench = await build(t)
  const image = await bench.upload(picture)
  const url = await bench.sign({ imageId: image.id, format: 'png' })
  await tierOf(url)
  await bench.app.delivery.derivativeWriter.idle()
  // rows without objects suffice; most of them are purged before the uploaded image, whose random id sorts later
  await bench.app.database.query(
    `insert into images (id, user_id, state, title, tags, extension, format, width, height, pages, bytes, sha256)
     select '0000000' || number, user_id, state, title, '{many}', extension, format, width, height, pages, bytes, sha256
     from images, generate_series(1000, 3499) as number where id = $1`,
    [image.id],
  )
  await read(await purge(bench, { all: true }), 202)
  await until('the last page is purged', 20_000, async () => {
    const pending = await bench.app.database.query(
      'select from images where purge_pending is not null limit 1',
    )
    return pending.length === 0 && (await recordsOf(bench)).length === 0
  })
  const counts = await bench.app.database.query<{ purges: number; pending: number }>(
    'select purges, count(purge_pending) as pending from images group by purges',
  )
  t.match(
    counts,
    [{ purges: 2, pending: 0 }],
    'each image was purged once, which increments its counter twice',
  )
})

t.test('purge by preset removes derivatives with the preset or its operations in their URL', async t => {
  const bench = await build(t)
  const other = await another(t, bench)
  const [image, logo] = [await bench.upload(picture), await bench.upload(picture)]
  const preset = (name: string, operations: string) =>
    callJson(bench, 'PUT', `/api/v1/presets/${name}`, { operations }).then(response => read(response))
  await preset('small', 'resize_w-80')
  await preset('outer', `preset_n-small_overlay_i-${logo.id}`)
  const sign = (rest: string) => bench.sign(`/processed/${bench.userId}/${image.id}${rest}`)
  const urls = {
    named: await sign('_preset_n-small_sharpen.jpg'),
    within: await sign('_preset_n-outer.jpg'),
    written: await sign('_flip_resize_w-80.jpg'),
    longer: await sign('_resize_w-80,h-40.jpg'),
    others: await sign('_resize_w-8.jpg'),
  }
  await warm(bench, other, Object.values(urls))
  await read(await purge(bench, { preset: 'unknown' }), 202)
  await read(await purge(bench, { preset: 'small' }), 202)
  await until('the preset is purged', 10_000, async () => (await recordsOf(bench)).length === 2)
  const left = [`${image.id}_resize_w-8.jpg`, `${image.id}_resize_w-80,h-40.jpg`]
  t.strictSame((await recordsOf(bench)).sort(), left)
  t.strictSame(await objectsOf(bench, 'processed'), left)
  for (const url of [urls.named, urls.within, urls.written])
    await until('the other process has evicted it', 10_000, async () => (await tierOf(url, other)) === 'miss')

  await bench.app.delivery.derivativeWriter.idle()
  await other.app.delivery.derivativeWriter.idle()
  await preset('small', 'resize_w-90')
  t.equal((await bench.get('/api/v1/presets/small', { method: 'DELETE' })).status, 204)
  await until('derivatives from before the change are removed, too', 10_000, async () => {
    const names = await recordsOf(bench)
    return names.length === 3 && names.includes(`${image.id}_flip_resize_w-80.jpg`)
  })
})

t.test('the sweep completes a purge that crashed', async t => {
  const { bench, other, logo, host, urls } = await setUpOverlay(t)
  // the state after a crash right after the first statement
  await bench.app.database.query(
    'update images set purges = purges + 1, purge_pending = purges + 1 where id = $1',
    [logo.id],
  )
  await sweep(bench)
  t.strictSame(await objectsOf(bench, 'processed'), [`${host.id}_resize_w-60.jpg`])
  t.strictSame(await recordsOf(bench), [`${host.id}_resize_w-60.jpg`])
  await until(
    'the other process has evicted it',
    10_000,
    async () => (await tierOf(urls.inHost, other)) === 'miss',
  )
  const pending = await bench.app.database.query('select id from images where purge_pending is not null')
  t.strictSame(pending, [])
})

t.test('a derivative that cannot be deleted does not stop a purge, and the sweep tries it again', async t => {
  const bench = await build(t)
  const { store, database } = bench.app
  const images = [await bench.upload(picture, { tags: 'red' }), await bench.upload(picture, { tags: 'red' })]
  const locked = images.map(({ id }) => id).sort()[0]!
  await read(await callJson(bench, 'PUT', '/api/v1/presets/small', { operations: 'resize_w-80' }))
  const render = async () => {
    for (const { id } of images)
      await tierOf(await bench.sign(`/processed/${bench.userId}/${id}_preset_n-small.jpg`))
    await bench.app.delivery.derivativeWriter.idle()
  }
  const remove = store.delete.bind(store)
  for (const target of [{ tag: 'red' }, { preset: 'small' }]) {
    await render()
    t.equal((await recordsOf(bench)).length, 2)
    const lock = t.intercept(store, 'delete', {
      value: async (keys: readonly string[]) => {
        await remove(keys.filter(key => !key.includes(locked)))
        if (keys.some(key => key.includes(locked)))
          throw new DarkroomError('unavailable', 'the object is locked', { isOutage: false })
      },
    })
    const { taskId } = await read<{ taskId: string }>(await purge(bench, target), 202)
    const task = () =>
      database.query<{ state: string }>('select state, detail, done from tasks where id = $1', [taskId])
    await until('the task has failed', 10_000, async () => (await task())[0]?.state === 'failed')
    t.match(await task(), [{ detail: /^images: 1 failed/, done: 1 }])
    t.strictSame(await recordsOf(bench), [`${locked}_resize_w-80.jpg`])
    lock.restore()
    await sweep(bench)
    t.strictSame(await recordsOf(bench), [])
    t.strictSame(await objectsOf(bench, 'processed'), [])
    t.strictSame(await database.query('select id from images where purge_pending is not null'), [])
  }
})

t.test('a new focal point evicts derivatives from the memory of every process', async t => {
  const bench = await build(t)
  const other = await another(t, bench)
  const image = await bench.upload(picture)
  const url = await bench.sign({
    imageId: image.id,
    operations: [{ op: 'crop', w: 100, h: 100, g: 'focal' }],
    format: 'png',
  })
  await warm(bench, other, [url])
  await read(await callJson(bench, 'PATCH', `/api/v1/images/${image.id}`, { focal: { x: 0, y: 0 } }))
  const fresh = await bytesOf(await bench.get(url))
  await until('the other process serves the new derivative', 10_000, async () =>
    fresh.equals(await bytesOf(await fetch(url.replace(bench.url, other.url)))),
  )
})
