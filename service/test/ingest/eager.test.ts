import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EagerItem } from '../../ingest/eager-progress.ts'
import { imageAcceptByBrowser } from '../../plan/browsers.ts'
import { pathOfKey } from '../../storage/drivers/file/paths.ts'
import { type Bench, build } from '../support/build.ts'
import { sweepOutbox } from '../support/chores.ts'
import { order, progress, put, settled } from '../support/eager.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(600, 400).jpeg().toBuffer()

const stateOf = (items: readonly EagerItem[]) => items.map(({ file, state }) => `${file} ${state}`)

/** The cache tier and the media type of a preset's response to a client with this `Accept`. */
async function answerTo(bench: Bench, id: string, preset: string, accept: string) {
  const url = await bench.sign(`/processed/${bench.userId}/${id}_preset_n-${preset}.auto`)
  const response = await bench.get(url, { headers: { accept } })
  await bytesOf(response)
  return { tier: response.headers.get('darkroom-cache'), type: response.headers.get('content-type') }
}

t.test('eager presets are rendered after an upload for current browsers and for other clients', async t => {
  const bench = await build(t)
  await put(bench, 'thumb', 'resize_w-120')
  await put(bench, 'icon', 'resize_w-50,h-50_encode_q-70')
  await put(bench, 'exact', 'resize_w-40_encode_lossless-1')
  await put(bench, 'later', 'resize_w-90', false)
  const { id } = await bench.upload(picture)
  await ingested(bench.app.database, id)
  const { items, ...counts } = await settled(bench, id)
  t.strictSame(counts, { imageId: id, total: 7, ready: 7, pending: 0, failed: 0 })
  const byFile = (one: { file: string }, other: { file: string }) => one.file.localeCompare(other.file)
  t.strictSame(
    items
      .map(({ file, path, preset, format, state }) => ({ file, path, preset, format, state }))
      .sort(byFile),
    [
      ['thumb', 'resize_w-120', 'avif'],
      ['thumb', 'resize_w-120', 'jpg'],
      ['icon', 'resize_w-50,h-50_encode_q-70', 'webp'],
      ['icon', 'resize_w-50,h-50_encode_q-70', 'jpg'],
      ['exact', 'resize_w-40_encode_lossless-1', 'jxl'],
      ['exact', 'resize_w-40_encode_lossless-1', 'webp'],
      ['exact', 'resize_w-40_encode_lossless-1', 'jpg'],
    ]
      .map(([preset, operations, format]) => {
        const file = `${id}_${operations}.${format}`
        return { file, path: `/processed/${bench.userId}/${file}`, preset, format, state: 'ready' }
      })
      .sort(byFile),
  )
  const again = await bench.restart()
  for (const preset of ['thumb', 'icon', 'exact']) {
    const seen = new Set<string | null>()
    for (const [client, accept] of Object.entries({ ...imageAcceptByBrowser, curl: '*/*' })) {
      const { tier, type } = await answerTo(again, id, preset, accept)
      // of the clients that get one format, the first reads the store
      t.equal(tier, seen.has(type) ? 'memory' : 'store', `${preset} for ${client}`)
      seen.add(type)
    }
  }
  t.match(
    await answerTo(again, id, 'later', '*/*'),
    { tier: 'miss' },
    'a preset that is not eager is rendered on request',
  )
})

t.test('ordered derivatives go from pending to ready and are rendered once', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  await ingested(bench.app.database, id)
  await put(bench, 'thumb', 'resize_w-120')
  await bench.app.jobs.worker.drain(0)
  t.match(await progress(bench, id), { total: 0, items: [] })
  const transforms = [
    { operations: 'resize_w-0300', format: 'jpeg' },
    { operations: [{ op: 'resize', w: 300 }], format: 'jpg' },
    { operations: [{ op: 'resize', w: 120 }] },
  ]
  const names = [`${id}_resize_w-120.avif`, `${id}_resize_w-120.jpg`, `${id}_resize_w-300.jpg`]
  const ordered = await order(bench, id, { presets: ['thumb'], transforms })
  t.match(ordered, { imageId: id, total: 3, ready: 0, pending: 3, failed: 0 })
  t.strictSame(
    stateOf(ordered.items),
    names.map(name => `${name} pending`),
  )
  t.strictSame(
    ordered.items.map(({ preset }) => preset),
    ['thumb', 'thumb', undefined],
  )
  await bench.app.jobs.worker.start()
  t.match(await settled(bench, id), { ready: 3, failed: 0 })
  t.match(
    await answerTo(bench, id, 'thumb', imageAcceptByBrowser.chromium),
    { tier: /^(memory|store)$/ },
    'the final one may have replaced the stand-in',
  )

  const jobs = () => bench.metric('darkroom_jobs_total', { name: 'develop' })
  await until('three were rendered', 10_000, async () => (await jobs()) === 3)
  const response = await bench.get(`/api/v1/images/${id}/eager`, { method: 'POST' })
  t.match(await read(response, 202), { total: 3, ready: 3 }, 'without a body: the eager presets')
  await put(bench, 'thumb', 'resize_w-130')
  t.match(await order(bench, id, {}), { total: 3 }, 'derivatives of the old preset are no longer listed')
  await settled(bench, id)
  await until('two more were rendered', 10_000, async () => (await jobs()) === 5)
})

t.test('a failed order has a reason and stops no other order', async t => {
  const bench = await build(t)
  await put(bench, 'ninth', 'page_n-9_resize_w-80')
  await put(bench, 'thumb', 'resize_w-120')
  const { id } = await bench.upload(picture)
  await ingested(bench.app.database, id)
  const { items, ...counts } = await settled(bench, id)
  t.match(counts, { total: 3, ready: 2, failed: 1 })
  const failed = {
    file: `${id}_preset_n-ninth.auto`,
    preset: 'ninth',
    state: 'failed',
    code: 'not-applicable',
  }
  t.match(
    items.find(({ state }) => state === 'failed'),
    { ...failed, detail: /page/ },
  )
  await put(bench, 'ninth', 'resize_w-80')
  t.match(await order(bench, id, { presets: ['ninth'] }), { total: 4, failed: 0 })

  const broken = await bench.upload(picture)
  await ingested(bench.app.database, broken.id)
  const path = pathOfKey(`raw/${bench.userId}/${broken.id}-orig.jpg`)
  const zeros = Buffer.alloc(picture.length - 200)
  await writeFile(
    join(bench.environment.DARKROOM_DATA_DIR!, 'objects', path),
    Buffer.concat([picture.subarray(0, 200), zeros]),
  )
  const again = await bench.restart()
  await order(again, broken.id, { transforms: [{ operations: 'resize_w-77', format: 'png' }] })
  const ended = await settled(again, broken.id)
  const found = ended.items.find(({ file }) => file.endsWith('_resize_w-77.png'))
  t.match(found, { state: 'failed', code: 'undecodable', detail: /./ })
})

t.test('an order whose job was lost is enqueued again', async t => {
  const first = await build(t)
  const { id } = await first.upload(picture)
  await ingested(first.app.database, id)
  await first.app.jobs.worker.drain(0)
  const transforms = [{ operations: 'resize_w-70', format: 'webp' }]
  await order(first, id, { transforms })
  const bench = await first.restart()
  await sweepOutbox(bench)
  t.equal(await bench.app.queue.countPending('develop'), 0, 'an order is not overdue at once')
  t.match(await progress(bench, id), { pending: 1 })
  const due = `update eager_orders set due_at = now() - interval '1 second'`
  await bench.app.database.query(due)
  await sweepOutbox(bench)
  t.match(await settled(bench, id), { ready: 1 })
  await bench.app.database.query(due)
  await sweepOutbox(bench)
  const rows = await bench.app.database.query('select 1 from eager_orders where due_at is not null')
  t.strictSame(rows, [], 'finished orders are not checked again')

  t.equal((await bench.get(`/api/v1/images/${id}/purge`, { method: 'POST' })).ok, true)
  t.match(await progress(bench, id), { total: 0 }, 'a purged derivative is no longer listed')
  t.match(await order(bench, id, { transforms }), { pending: 1 }, 'until it is ordered again')
  t.match(await settled(bench, id), { ready: 1 })
})

t.test('purging a preset removes its eager derivatives', async t => {
  const bench = await build(t)
  await put(bench, 'inner', 'resize_w-60', false)
  await put(bench, 'outer', 'preset_n-inner_flip')
  const { id } = await bench.upload(picture)
  await ingested(bench.app.database, id)
  t.match(await settled(bench, id), { ready: 2 })
  const left = () => bench.app.database.query<{ presets: string[] }>('select presets from derivatives')
  t.strictSame(
    (await left()).map(({ presets }) => [...presets].sort()),
    [
      ['inner', 'outer'],
      ['inner', 'outer'],
    ],
  )
  const purged = await callJson(bench, 'POST', '/api/v1/purge', { preset: 'inner' })
  t.ok(purged.ok, `answered ${purged.status}`)
  await until('nothing is left', 20_000, async () => (await left()).length === 0)
})
