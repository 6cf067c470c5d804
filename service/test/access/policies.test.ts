import sharp from 'sharp'
import { sign } from '../../client/index.ts'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { type Bench, build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblem, isProblemResponse } from '../support/problem.ts'
import { send } from '../support/send.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(400, 300).jpeg().toBuffer()

const put = (session: Session, name: string, body: unknown) =>
  callJson(session, 'PUT', `/api/v1/policies/${name}`, body)

const putPreset = (session: Session, name: string, operations: string) =>
  callJson(session, 'PUT', `/api/v1/presets/${name}`, { operations })

/** The query of URLs of an image that are signed with a policy. `sign` does not check whether the policy exists. */
async function queryOf(bench: Bench, imageId: string, policy: string, expires?: number): Promise<string> {
  const { id: keyId, secret } = bench.key
  const signed = await sign(`/processed/${bench.userId}/${imageId}`, { keyId, secret, policy, expires })
  return signed.slice(signed.indexOf('?'))
}

t.test('policies are stored in canonical form, listed and removed', async t => {
  const bench = await build(t)
  const rules = {
    operations: { resize: { w: { min: 100, max: 2000, values: [16] }, fit: ['cover'] }, encode: true },
    formats: ['jpeg', 'auto'],
    presets: ['thumb'],
    limits: { maxWidth: 800 },
  }
  const made = await read<Record<string, unknown>>(await put(bench, 'web', rules))
  t.match(made, { name: 'web', createdAt: /^20/, updatedAt: /^20/ })
  const { name, createdAt, updatedAt, ...kept } = made
  t.strictSame(kept, {
    operations: {
      resize: { w: { min: 100, max: 2000, values: [16] }, fit: { values: ['cover'] } },
      encode: true,
    },
    formats: ['jpg', 'auto'],
    presets: ['thumb'],
    limits: { maxWidth: 800 },
  })
  t.strictSame(await read(await bench.get('/api/v1/policies/web')), made)
  await read(await put(bench, 'constructor', {}))
  const shown = await read<{ operations: unknown }>(await put(bench, 'list', { operations: ['flip'] }))
  t.strictSame(shown.operations, { flip: true })
  const listed = await read<{ items: { name: string }[]; nextCursor: string }>(
    await bench.get('/api/v1/policies?limit=2'),
  )
  t.strictSame(
    [...listed.items.map(item => item.name), typeof listed.nextCursor],
    ['constructor', 'list', 'string'],
  )
  t.equal((await bench.get('/api/v1/policies/list', { method: 'DELETE' })).status, 204)
  const other = await bench.join('other@example.com')
  for (const [session, unknown] of [
    [bench, 'list'],
    [bench, '__proto__'],
    [other, 'web'],
  ] as const) {
    for (const method of ['GET', 'DELETE']) {
      const response = await session.get(`/api/v1/policies/${unknown}`, { method })
      await isProblemResponse(t, response, 'not-found', `${method} ${unknown}`)
    }
  }
  t.equal((await bench.get('/api/v1/policies/web')).status, 200)
})

t.test('a policy with unknown fields, operations, options or formats is rejected', async t => {
  const bench = await build(t)
  const cases: [name: string, body: string, code: ErrorCode, detail: RegExp][] = [
    ['UPPER', '{}', 'bad-request', /name/],
    ['a', '[]', 'bad-request', /./],
    ['a', '{"colour":1}', 'bad-request', /colour: is an unknown field/],
    ['a', '{"__proto__":{"operations":{"resize":true}}}', 'bad-request', /./],
    ['a', '{"operations":{"__proto__":true}}', 'bad-request', /./],
    ['a', '{"operations":"resize"}', 'bad-request', /operations/],
    ['a', '{"operations":{"resize":false}}', 'bad-request', /operations.resize/],
    ['a', '{"operations":{"bogus":true}}', 'bad-url', /bogus/],
    ['a', '{"operations":{"constructor":true}}', 'bad-url', /constructor/],
    ['a', '{"operations":{"resize":{"zz":true}}}', 'bad-request', /operations.resize.zz/],
    ['a', '{"operations":{"resize":{"constructor":true}}}', 'bad-request', /constructor/],
    ['a', '{"operations":{"resize":{"w":{"most":1}}}}', 'bad-request', /operations.resize.w/],
    ['a', '{"operations":{"resize":{"w":[9000]}}}', 'bad-request', /from 1 to 8192/],
    ['a', '{"formats":["bmp"]}', 'bad-url', /bmp/],
    ['a', '{"presets":["a b"]}', 'bad-request', /presets/],
    ['a', '{"limits":{"maxWidth":0}}', 'bad-request', /limits.maxWidth/],
    ['a', `{"presets":["${'x'.repeat(20_000)}"]}`, 'too-large', /./],
  ]
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${bench.token}` }
  for (const [name, body, code, detail] of cases) {
    const response = await fetch(`${bench.url}/api/v1/policies/${name}`, { method: 'PUT', headers, body })
    t.match(await isProblemResponse(t, response, code, body.slice(0, 80)), detail, body.slice(0, 80))
  }
  t.equal((await bench.get('/api/v1/policies/a')).status, 404, 'nothing was stored')
})

t.test('a policy signature serves exactly what the policy allows of the image', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const [image, second] = [await bench.upload(picture), await bench.upload(picture)]
  const foreign = await other.upload(picture)
  await putPreset(bench, 'thumb', 'resize_w-64_flip')
  await putPreset(bench, 'large', 'resize_w-390')
  await read(
    await put(bench, 'web', {
      operations: { resize: { w: { min: 100, max: 300 }, h: [90] }, blur: { s: { max: 2 } } },
      formats: ['webp', 'png', 'auto'],
      presets: ['thumb'],
      limits: { maxSteps: 3, maxHeight: 225 },
    }),
  )
  await read(await put(other, 'web', { operations: ['resize'] }))
  const query = await queryOf(bench, image.id, 'web')
  const start = `/processed/${bench.userId}/${image.id}`

  const allowed: [file: string, size: string][] = [
    ['_resize_w-100.webp', '100x75'],
    ['_resize_w-300.png', '300x225'],
    ['_resize_w-150,h-90,fit-cover.png', '150x90'],
    ['_resize_w-150,enlarge-0.auto', '150x113'],
    ['_preset_n-thumb.webp', '64x48'],
    ['_preset_n-thumb_blur_s-1.webp', '64x48'],
    ['_resize_w-2%300.webp', '200x150'],
  ]
  for (const [file, size] of allowed) {
    const body = await bytesOf(await fetch(bench.url + start + file + query))
    const { width, height } = await sharp(body).metadata()
    t.equal(`${width}x${height}`, size, file)
  }

  const rendered = await bench.metric('darkroom_development_seconds_count')
  const refused: [path: string, code: ErrorCode, detail: RegExp][] = [
    [`${start}_resize_w-99.webp`, 'forbidden', /^policy web: resize: w-99 .* at least 100 and at most 300/],
    [`${start}_resize_w-301.webp`, 'forbidden', /w-301/],
    [`${start}_resize_w-200,h-91.webp`, 'forbidden', /h-91/],
    [`${start}_resize_w-200,dpr-2.webp`, 'forbidden', /dpr-2/],
    [`${start}_resize_w-200,w-100.webp`, 'bad-url', /repeats/],
    [`${start}_resize_w-200_resize_w-400.webp`, 'forbidden', /w-400/],
    [`${start}_resize_w-200_flip.webp`, 'forbidden', /flip is not allowed/],
    [`${start}_resize_w-200_encode_q-100.webp`, 'forbidden', /encode is not allowed/],
    [`${start}_blur.webp`, 'forbidden', /s-3/],
    [`${start}_preset_n-large.webp`, 'forbidden', /n-large is not allowed, expected one of thumb/],
    [`${start}_preset_n-none.webp`, 'forbidden', /n-none/],
    [`${start}_preset_n-thumb_preset_n-thumb.webp`, 'forbidden', /4 operations are not allowed/],
    [`${start}_resize_w-200.jpg`, 'forbidden', /format jpg/],
    [`${start}_resize_w-200.json`, 'forbidden', /format json/],
    [`${start}.webp`, 'forbidden', /height of 300/],
    [`${start}_resize_w-200.webp/..`, 'bad-url', /./],
    [`${start}_resize_w-200%2Fx.webp`, 'bad-url', /./],
    [`${start}.x_resize_w-200.webp`, 'bad-url', /./],
    [`${start}_%2E%2E%2F${second.id}_resize_w-200.webp`, 'bad-url', /./],
    [`${start}%5Fresize_w-200.webp`, 'bad-signature', /./],
    [`${start}x_resize_w-200.webp`, 'bad-signature', /./],
    [`${start.slice(0, -1)}_resize_w-200.webp`, 'bad-signature', /./],
    [`/processed/${bench.userId}/${second.id}_resize_w-200.webp`, 'bad-signature', /./],
    [`/processed/${bench.userId}/${foreign.id}_resize_w-200.webp`, 'bad-signature', /./],
    [`/processed/${other.userId}/${foreign.id}_resize_w-200.webp`, 'bad-signature', /./],
    [`/processed/${other.userId}/${image.id}_resize_w-200.webp`, 'bad-signature', /./],
    [`/raw/${bench.userId}/${image.id}-orig.jpg`, 'bad-signature', /./],
    [`/processed/../raw/${bench.userId}/${image.id}-orig.jpg`, 'bad-signature', /./],
  ]
  for (const [path, code, detail] of refused) {
    t.match(isProblem(t, await send(bench.url, path + query), code, path), detail, path)
  }
  const fine = `${start}_resize_w-200.webp`
  t.equal((await send(bench.url, fine + query)).status, 200)
  const s = /s=([\w-]+)/.exec(query)?.[1] ?? ''
  for (const changed of [
    query.replace('p=web', 'p=all'),
    query.replace('&p=web', ''),
    `${query}&p=web`,
    query.replace('?', '?e=9999999999&'),
    query.replace(s, `${s[0] === 'A' ? 'B' : 'A'}${s.slice(1)}`),
  ]) {
    isProblem(t, await send(bench.url, fine + changed), 'bad-signature', changed.replaceAll(s, '…'))
  }
  isProblem(t, await send(bench.url, fine + (await queryOf(bench, image.id, 'web', 1))), 'expired')
  const foreignImage = `/processed/${bench.userId}/${foreign.id}_resize_w-200.webp`
  isProblem(t, await send(bench.url, foreignImage + (await queryOf(bench, foreign.id, 'web'))), 'not-found')
  t.equal(
    await bench.metric('darkroom_development_seconds_count'),
    rendered,
    'no rejected request was rendered',
  )
})

t.test(
  'changes and deletions of a policy take effect, and unknown and foreign policies are rejected',
  async t => {
    const bench = await build(t)
    const other = await bench.join('other@example.com')
    const { id } = await bench.upload(picture)
    const start = `/processed/${bench.userId}/${id}`
    await read(await put(other, 'foreign', { operations: ['resize'] }))
    for (const name of ['foreign', 'none', 'constructor', '__proto__', '..%2Fx', '%00', '']) {
      const url = `${start}_resize_w-20.webp${await queryOf(bench, id, name)}`
      isProblem(t, await send(bench.url, url), 'forbidden', `policy ${name}`)
    }
    await read(await put(bench, 'mine', { operations: { resize: { w: true } } }))
    const url = `${start}_resize_w-20.webp${await queryOf(bench, id, 'mine')}`
    t.equal((await send(bench.url, url)).status, 200)
    t.equal((await send(bench.url, url)).headers['darkroom-cache'], 'memory')
    await read(await put(bench, 'mine', { operations: { resize: { w: [30] } } }))
    await until('the change takes effect', 1200, async () => (await send(bench.url, url)).status === 403)
    t.equal((await send(bench.url, url.replace('w-20', 'w-30'))).status, 200)
    t.equal((await bench.get('/api/v1/policies/mine', { method: 'DELETE' })).status, 204)
    const rest = url.replace('w-20', 'w-30')
    await until('the deletion takes effect', 1200, async () => (await send(bench.url, rest)).status === 403)
    t.match(isProblem(t, await send(bench.url, rest), 'forbidden'), /unknown policy/)

    await putPreset(bench, 'thumb', 'resize_w-32')
    await read(await put(bench, 'named', { presets: ['thumb'] }))
    const query = await queryOf(bench, id, 'named')
    t.equal((await send(bench.url, `${start}_preset_n-thumb.jpg${query}`)).status, 200)
    for (const file of ['.jpg', '_resize_w-32.jpg', '_preset_n-thumb_resize_w-10.jpg']) {
      isProblem(t, await send(bench.url, start + file + query), 'forbidden', file)
    }
  },
)
