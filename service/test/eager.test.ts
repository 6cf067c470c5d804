import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import type { EagerItem, EagerProgress } from '../deliver/eager.ts'
import type { ErrorCode } from '../errors/catalogue.ts'
import { type Bench, build } from './build.ts'
import { ingested } from './ingested.ts'
import { photo } from './pictures.ts'
import { isProblemResponse } from './problem.ts'
import { bytesOf, callJson, read, type Session } from './session.ts'
import { until } from './until.ts'

const picture = await photo(600, 400).jpeg().toBuffer()
const modern = 'image/avif,image/webp,*/*'
const stay = new AbortController().signal

const pathOf = (id: string) => `/api/v1/images/${id}/eager`
const put = async (session: Session, name: string, operations: string, eager = true) =>
  read(await callJson(session, 'PUT', `/api/v1/presets/${name}`, { operations, eager }))
const order = async (session: Session, id: string, body: unknown) =>
  read<EagerProgress>(await callJson(session, 'POST', pathOf(id), body), 202)
const progress = async (session: Session, id: string) => read<EagerProgress>(await session.get(pathOf(id)))
const stateOf = (items: readonly EagerItem[]) => items.map(({ file, state }) => `${file} ${state}`)

async function settled(session: Session, id: string): Promise<EagerProgress> {
  await until('nothing is pending', 30_000, async () => (await progress(session, id)).pending === 0)
  return progress(session, id)
}

/** The tier of a preset's answer to a client with this `Accept`. */
async function tierOf(bench: Bench, id: string, preset: string, accept: string): Promise<string | null> {
  const url = await bench.sign(`/processed/${bench.userId}/${id}_preset_n-${preset}.auto`)
  const response = await bench.get(url, { headers: { accept } })
  await bytesOf(response)
  return response.headers.get('darkroom-cache')
}

t.test('eager presets are developed behind the upload, for clients of both kinds', async t => {
  const bench = await build(t)
  await put(bench, 'thumb', 'resize_w-120')
  await put(bench, 'square', 'resize_w-50,h-50_encode_q-70')
  await put(bench, 'later', 'resize_w-90', false)
  const { id } = await bench.upload(picture)
  await ingested(bench.app.database, id)
  const { items, ...counts } = await settled(bench, id)
  t.strictSame(counts, { imageId: id, total: 4, ready: 4, pending: 0, failed: 0 })
  t.strictSame(
    items.map(({ file, path, preset, format, state }) => ({ file, path, preset, format, state })),
    [
      ['thumb', 'resize_w-120', 'avif'],
      ['thumb', 'resize_w-120', 'jpg'],
      ['square', 'resize_w-50,h-50_encode_q-70', 'avif'],
      ['square', 'resize_w-50,h-50_encode_q-70', 'jpg'],
    ].map(([preset, operations, format]) => {
      const file = `${id}_${operations}.${format}`
      return { file, path: `/processed/${bench.userId}/${file}`, preset, format, state: 'ready' }
    }),
  )
  const again = await bench.restart()
  for (const preset of ['thumb', 'square'])
    for (const accept of [modern, '*/*']) t.equal(await tierOf(again, id, preset, accept), 'store', accept)
  t.equal(await tierOf(again, id, 'later', '*/*'), 'miss', 'one that is not eager waits for its request')
})

t.test('what is ordered goes from pending to ready, and is made once', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  await ingested(bench.app.database, id)
  await put(bench, 'thumb', 'resize_w-120')
  await bench.app.work.drain(0)
  t.match(await progress(bench, id), { total: 0, items: [] })
  const transforms = [
    { operations: 'resize_w-0300', format: 'jpeg' },
    { operations: [{ op: 'resize', w: 300 }], format: 'jpg' },
    { operations: [{ op: 'resize', w: '120' }] },
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
  await bench.app.work.start()
  t.match(await settled(bench, id), { ready: 3, failed: 0 })
  t.match(await tierOf(bench, id, 'thumb', modern), /^(memory|store)$/, 'the final may have come')

  const jobs = () => bench.metric('darkroom_jobs_total', { name: 'develop' })
  t.equal(await jobs(), 3)
  const response = await bench.get(pathOf(id), { method: 'POST' })
  t.match(await read(response, 202), { total: 3, ready: 3 }, 'without a body: the eager presets')
  await put(bench, 'thumb', 'resize_w-130')
  t.match(await order(bench, id, {}), { total: 3 }, 'those of the old preset are not wanted any more')
  await settled(bench, id)
  t.equal(await jobs(), 5)
})

t.test('what fails says why, and stops no other', async t => {
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
  const folder = join(bench.environment.DARKROOM_DATA_DIR!, 'objects/raw', bench.userId)
  const zeros = Buffer.alloc(picture.length - 200)
  await writeFile(join(folder, `${broken.id}-orig.jpg`), Buffer.concat([picture.subarray(0, 200), zeros]))
  const again = await bench.restart()
  await order(again, broken.id, { transforms: [{ operations: 'resize_w-77', format: 'png' }] })
  const ended = await settled(again, broken.id)
  const found = ended.items.find(({ file }) => file.endsWith('_resize_w-77.png'))
  t.match(found, { state: 'failed', code: 'undecodable', detail: /./ })
})

t.test('an order whose job was lost is carried out all the same', async t => {
  const first = await build(t)
  const { id } = await first.upload(picture)
  await ingested(first.app.database, id)
  await first.app.work.drain(0)
  await order(first, id, { transforms: [{ operations: 'resize_w-70', format: 'webp' }] })
  const bench = await first.restart()
  await bench.app.catchUp(stay)
  t.equal(await bench.app.queue.waiting('develop'), 0, 'it counts as under way for a while')
  t.match(await progress(bench, id), { pending: 1 })
  const due = `update eager_orders set due_at = now() - interval '1 second'`
  await bench.app.database.query(due)
  await bench.app.catchUp(stay)
  t.match(await settled(bench, id), { ready: 1 })
  await bench.app.database.query(due)
  await bench.app.catchUp(stay)
  const rows = await bench.app.database.query('select 1 from eager_orders where due_at is not null')
  t.strictSame(rows, [], 'what is done is not looked after any more')
})

t.test('bad orders are refused whole, by the name of what is wrong', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const [image, foreign] = [await bench.upload(picture), await other.upload(picture)]
  await put(bench, 'thumb', 'resize_w-120', false)
  const many = (length: number) => Array.from({ length }, () => ({ operations: 'resize_w-10' }))
  const cases: [body: unknown, code: ErrorCode, detail: RegExp][] = [
    [{ presets: [] }, 'bad-request', /presets/],
    [{ presets: 'thumb' }, 'bad-request', /presets/],
    [{ presets: ['thumb', 'none'] }, 'bad-request', /^presets\.1: there is no such preset/],
    [{ presets: ['__proto__'] }, 'bad-request', /^presets\.0: there is no such preset/],
    [{ colour: 1 }, 'bad-request', /colour: is not known/],
    [{ transforms: [{ format: 'jpg' }] }, 'bad-request', /transforms\.0\.operations: is needed/],
    [{ transforms: many(51) }, 'bad-request', /transforms/],
    [{ presets: ['thumb'], transforms: many(50) }, 'bad-request', /^presets, transforms: at most 50/],
    [
      { transforms: [...many(1), { operations: 'resize_w-x' }] },
      'bad-request',
      /^transforms\.1: resize: w-x/,
    ],
    [{ transforms: [{ operations: [{ op: 'bogus' }] }] }, 'bad-request', /^transforms\.0: "bogus"/],
    [{ transforms: [{ operations: 'page_n-9' }] }, 'bad-request', /^transforms\.0: page/],
    [{ transforms: [{ operations: 'resize_w-9', format: 'bmp' }] }, 'bad-request', /^transforms\.0: "bmp"/],
    [
      { transforms: [{ operations: 'info', format: 'json' }] },
      'bad-request',
      /^transforms\.0: a description/,
    ],
    [{ transforms: [{ operations: 'preset_n-none' }] }, 'bad-request', /^transforms\.0: preset: n-none/],
    [{ transforms: [{ operations: `overlay_i-${foreign.id}` }] }, 'bad-request', /^transforms\.0: overlay/],
    [{ transforms: [{ operations: '/../raw' }] }, 'bad-request', /^transforms\.0/],
  ]
  for (const [body, code, detail] of cases) {
    const name = JSON.stringify(body).slice(0, 80)
    const response = await callJson(bench, 'POST', pathOf(image.id), body)
    t.match(await isProblemResponse(t, response, code, name), detail, name)
  }
  await ingested(bench.app.database, image.id)
  t.match(await progress(bench, image.id), { total: 0 }, 'nothing was ordered')

  for (const id of [foreign.id, 'x', '__proto__']) {
    await isProblemResponse(t, await bench.get(pathOf(id)), 'not-found', id)
    await isProblemResponse(t, await callJson(bench, 'POST', pathOf(id), {}), 'not-found', id)
  }
  await order(bench, image.id, { presets: ['thumb'] })
  await settled(bench, image.id)
  t.equal((await bench.get(`/api/v1/images/${image.id}`, { method: 'DELETE' })).status, 204)
  await isProblemResponse(t, await bench.get(pathOf(image.id)), 'not-found', 'deleted')
  await isProblemResponse(t, await callJson(bench, 'POST', pathOf(image.id), {}), 'not-found', 'deleted')
  t.strictSame(await bench.app.database.query('select 1 from eager_orders'), [], 'orders go with their image')
})

t.test('who has presets only orders presets only, and nobody fills the queue of all', async t => {
  const bench = await build(t)
  const [{ id }, second] = [await bench.upload(picture), await bench.upload(picture)]
  await put(bench, 'thumb', 'resize_w-120', false)
  await bench.app.users.setPresetsOnly(bench.userId, true)
  const refused = await callJson(bench, 'POST', pathOf(id), { transforms: [{ operations: 'resize_w-120' }] })
  t.match(await isProblemResponse(t, refused, 'forbidden'), /^transforms\.0: this user has presets only/)
  await order(bench, id, { presets: ['thumb'] })
  t.match(await settled(bench, id), { ready: 2 })

  await bench.app.database.query(
    `insert into eager_orders (user_id, image_id, file_name, format, due_at)
     select $1, $2, 'waits' || i, 'jpg', now() + interval '1 minute' from generate_series(1, 1000) i`,
    [bench.userId, second.id],
  )
  const response = await callJson(bench, 'POST', pathOf(id), { presets: ['thumb'] })
  t.equal(response.headers.get('retry-after'), '60')
  t.match(await isProblemResponse(t, response, 'too-many-requests'), /at most 1000/)
})
