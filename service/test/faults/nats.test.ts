import { build, newEnvironment } from '../support/build.ts'
import { sweepOutbox } from '../support/chores.ts'
import { order, put, settled } from '../support/eager.ts'
import { ingested, makeUploadsOlder } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { run } from '../support/program.ts'
import { startDedicatedNats } from '../support/services/nats.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
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
