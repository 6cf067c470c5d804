import { type Bench, build, newEnvironment } from '../support/build.ts'
import { sweepOutbox } from '../support/chores.ts'
import { order, put, settled } from '../support/eager.ts'
import { ingested, makeUploadsOlder } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { run } from '../support/program.ts'
import { startDedicatedNats } from '../support/services/nats.ts'
import { bytesOf, callJson, read, type ShownImage } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const nats = await startDedicatedNats()
const skip = nats ? false : 'there is no NATS server'
t.teardown(() => nats?.stop())

t.test('without NATS images are served, and readyz reports not ready', { skip }, async t => {
  const bench = await build(t, { NATS_URL: nats!.url })
  const { id } = await bench.upload(await photo(400, 300).jpeg().toBuffer())
  const isReady = async () => {
    const response = await bench.get('/readyz')
    await response.body?.cancel()
    return response.status === 200
  }
  t.ok(await isReady())
  await nats!.kill()
  await until('the service is not ready', 5000, async () => !(await isReady()))
  t.match(await isProblemResponse(t, await bench.get('/readyz'), 'unavailable'), /queue/)
  const url = await bench.sign(`/processed/${bench.userId}/${id}_resize_w-100.jpg`)
  t.ok((await bytesOf(await bench.get(url))).length > 500)
  await nats!.restart()
  await until('the service is ready again', 15_000, isReady)
})

/** Makes all unfinished work overdue. */
const overdue = [
  makeUploadsOlder,
  `update eager_orders set due_at = now() - interval '1 second' where due_at is not null`,
  `update webhook_deliveries set due_at = now() - interval '1 second' where status = 'pending'`,
  `update failed_jobs set failed_at = now() - interval '3 minutes'`,
]

t.test('jobs that NATS lost with its data are enqueued again', { skip }, async t => {
  const bench = await build(t, { NATS_URL: nats!.url })
  const { database, jobs } = bench.app
  const webhook = { url: 'https://example.com/', events: ['image.deleted'] }
  const response = await callJson(bench, 'POST', '/api/v1/webhooks', webhook)
  const { id: hook } = await read<{ id: string }>(response, 201)
  await put(bench, 'thumb', 'resize_w-60', false)
  const picture = await photo(400, 300).jpeg().toBuffer()
  const [known, gone] = [await bench.upload(picture), await bench.upload(picture)]
  const byPreset = async () =>
    (await database.query(`select from derivatives where 'thumb' = any(presets)`)).length
  await bytesOf(await fetch(await bench.sign(`/processed/${bench.userId}/${known.id}_preset_n-thumb.png`)))
  await until('the derivative is stored', 20_000, async () => (await byPreset()) === 1)
  await ingested(database, known.id, gone.id)

  await jobs.worker.drain(0)
  const fresh = await bench.upload(picture)
  await order(bench, known.id, { transforms: [{ operations: 'resize_w-70', format: 'webp' }] })
  t.equal((await bench.get(`/api/v1/images/${gone.id}`, { method: 'DELETE' })).status, 204)
  const lost = { develop: 1, ingest: 1, webhook: 1 }
  t.match(await jobs.countPending(), lost)
  await nats!.kill()
  t.ok((await callJson(bench, 'POST', '/api/v1/purge', { preset: 'thumb' })).ok)
  await until('the preset is purged without NATS', 20_000, async () => (await byPreset()) === 0)
  await nats!.loseData()
  await nats!.restart()
  const pending = async () => Object.values(await jobs.countPending()).reduce((sum, count) => sum + count)
  await until('the queue is empty', 20_000, async () => (await pending().catch(() => 1)) === 0)

  for (const statement of overdue) await database.query(statement)
  await sweepOutbox(bench)
  t.match(await jobs.countPending(), lost)
  await jobs.worker.start()
  await ingested(database, fresh.id)
  t.match(await settled(bench, known.id), { total: 1, ready: 1 })
  await until('the webhook was called', 20_000, async () => {
    const deliveries = await bench.get(`/api/v1/webhooks/${hook}/deliveries`)
    return (await read<{ items: { attempts: number }[] }>(deliveries)).items.some(one => one.attempts > 0)
  })
  await until(
    'nothing is left to do',
    20_000,
    async () => (await database.query('select from failed_jobs')).length === 0,
  )
})

/** Work that clients were told will be done: images with their uploads, and URLs answered with 202. */
interface Promised {
  readonly images: string[]
  readonly renders: string[]
}

/** Uploads an image and requests a heavy derivative of it, again and again, until the signal aborts. */
async function load(bench: Bench, promised: Promised, signal: AbortSignal): Promise<void> {
  const picture = await photo(60, 40).jpeg().toBuffer()
  while (!signal.aborted) {
    const uploaded = await bench.tryUpload(picture)
    if (uploaded.status !== 201) throw new Error(`upload answered ${uploaded.status}`)
    const { id: imageId } = await read<ShownImage>(uploaded, 201)
    promised.images.push(imageId)
    const url = await bench.sign({ imageId, operations: [{ op: 'resize', w: 30 }], format: 'webp' })
    const response = await bench.get(url, { headers: { prefer: 'respond-async' } })
    await response.arrayBuffer()
    if (response.status === 202) promised.renders.push(imageId)
    else if (response.status !== 503) throw new Error(`a heavy request answered ${response.status}`)
  }
}

t.test(
  'nothing that was acknowledged stays undone when NATS loses its data under load',
  { skip },
  async t => {
    const bench = await build(t, { NATS_URL: nats!.url, DARKROOM_HEAVY_COST_MS: '0' })
    const { database, jobs } = bench.app
    // what is acknowledged before the loss is pending then
    await jobs.worker.drain(0)
    const [promised, ended] = [{ images: [] as string[], renders: [] as string[] }, new AbortController()]
    t.teardown(() => ended.abort())
    const loading = Promise.all([load(bench, promised, ended.signal), load(bench, promised, ended.signal)])
    const more = (list: readonly string[], count: number) => {
      const before = list.length
      return until('more work is acknowledged', 20_000, () => list.length >= before + count)
    }
    await more(promised.renders, 10)
    await nats!.loseData()
    await more(promised.images, 4)
    await nats!.kill()
    const [lostImages, lostRenders] = [[...promised.images], [...promised.renders]]
    await nats!.restart()
    await more(promised.renders, 4)
    await jobs.worker.start()
    await more(promised.renders, 4)
    ended.abort()
    await loading

    const undone = async () => {
      const waiting = await database.query<{ id: string }>('select image_id as id from pending_ingests')
      const rendered = await database.query<{ id: string }>('select image_id as id from derivatives')
      const done = new Set(rendered.map(({ id }) => id))
      return {
        images: waiting.map(({ id }) => id),
        renders: promised.renders.filter(id => !done.has(id)),
      }
    }
    const { images, renders } = await undone()
    t.ok(lostImages.every(id => images.includes(id)) && lostRenders.every(id => renders.includes(id)))
    for (const statement of overdue) await database.query(statement)
    await sweepOutbox(bench)
    await until('all acknowledged work is done', 60_000, async () => {
      const { images, renders } = await undone()
      return images.length + renders.length === 0
    })
    t.comment(`${promised.images.length} uploads, ${promised.renders.length} answers with 202`)
    await until(
      'no job is recorded',
      20_000,
      async () => !(await database.query('select from failed_jobs')).length,
    )
  },
)

t.test('an unusable queue is reported with the name of its variable, without secrets', { skip }, async t => {
  const environment = await newEnvironment(t)
  const [absent, wrong, well] = await Promise.all([
    run(['serve'], { ...environment, NATS_URL: 'nats://ann:hunter2@127.0.0.1:1' }),
    run(['doctor'], { ...environment, NATS_URL: 'nats://ann:hunter2@127.0.0.1?prefix=a.b' }),
    run(['doctor'], { ...environment, NATS_URL: nats!.url }),
  ])
  t.equal(absent.code, 1)
  t.match(absent.stderr + absent.stdout, /NATS_URL: NATS cannot be reached/)
  t.match(wrong, {
    code: 1,
    stdout: /FAILED +configuration +NATS_URL: prefix: .*To fix: correct these variables/,
  })
  t.match(well.stdout, /ok +queue +the server of NATS_URL accepts jobs/)
  for (const { stdout, stderr } of [absent, wrong]) t.notMatch(stdout + stderr, 'hunter2')
})
