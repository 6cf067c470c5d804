import type { ErrorCode } from '../../errors/catalogue.ts'
import { build } from '../support/build.ts'
import { order, pathOf, progress, put, settled } from '../support/eager.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { callJson } from '../support/session.ts'
import t from '../support/tap.ts'

const picture = await photo(600, 400).jpeg().toBuffer()

t.test('invalid eager orders are rejected by field and order nothing', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const [image, foreign] = [await bench.upload(picture), await other.upload(picture)]
  await put(bench, 'thumb', 'resize_w-120', false)
  const many = (length: number) => Array.from({ length }, () => ({ operations: 'resize_w-10' }))
  const cases: [body: unknown, code: ErrorCode, detail: RegExp][] = [
    [{ presets: [] }, 'bad-request', /presets/],
    [{ presets: 'thumb' }, 'bad-request', /presets/],
    [{ presets: ['thumb', 'none'] }, 'not-found', /^presets\.1: there is no such preset/],
    [{ presets: ['__proto__'] }, 'not-found', /^presets\.0: there is no such preset/],
    [{ colour: 1 }, 'bad-request', /colour: is an unknown field/],
    [{ transforms: [{ format: 'jpg' }] }, 'bad-request', /transforms\.0\.operations: is required/],
    [{ transforms: many(51) }, 'bad-request', /transforms/],
    [{ presets: ['thumb'], transforms: many(50) }, 'bad-request', /^presets, transforms: at most 50/],
    [
      { transforms: [...many(1), { operations: 'resize_w-x' }] },
      'bad-request',
      /^transforms\.1: resize: w-x/,
    ],
    [
      { transforms: [{ operations: [{ op: 'bogus' }] }] },
      'bad-request',
      /^transforms\.0: unknown operation "bogus"/,
    ],
    [{ transforms: [{ operations: 'page_n-9' }] }, 'bad-request', /^transforms\.0: page/],
    [
      { transforms: [{ operations: 'resize_w-9', format: 'bmp' }] },
      'bad-request',
      /^transforms\.0: unknown extension "bmp"/,
    ],
    [{ transforms: [{ operations: 'info', format: 'json' }] }, 'bad-request', /^transforms\.0: format: json/],
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
  t.strictSame(
    await bench.app.database.query('select 1 from eager_orders'),
    [],
    'orders are deleted with their image',
  )
})

t.test('presetsOnly and the limit of pending orders apply to eager orders', async t => {
  const bench = await build(t)
  const [{ id }, second] = [await bench.upload(picture), await bench.upload(picture)]
  await put(bench, 'thumb', 'resize_w-120', false)
  await bench.app.metadata.users.update(bench.userId, { presetsOnly: true })
  const refused = await callJson(bench, 'POST', pathOf(id), { transforms: [{ operations: 'resize_w-120' }] })
  t.match(await isProblemResponse(t, refused, 'forbidden'), /^transforms\.0: this user may use presets only/)
  await order(bench, id, { presets: ['thumb'] })
  t.match(await settled(bench, id), { ready: 2 })

  await bench.app.database.query(
    `insert into eager_orders (user_id, image_id, file_name, presets, format, due_at)
     select $1, $2, 'waits' || i, '{}', 'jpg', now() + interval '1 minute' from generate_series(1, 1000) i`,
    [bench.userId, second.id],
  )
  const response = await callJson(bench, 'POST', pathOf(id), { presets: ['thumb'] })
  t.equal(response.headers.get('retry-after'), '60')
  t.match(await isProblemResponse(t, response, 'too-many-requests'), /at most 1000/)
})
