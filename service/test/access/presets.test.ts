import sharp from 'sharp'
import { sign } from '../../client/sign.ts'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblem, isProblemResponse } from '../support/problem.ts'
import { send } from '../support/send.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

interface Shown {
  readonly name: string
  readonly createdAt: string
}

interface Listed {
  readonly items: readonly Shown[]
  readonly nextCursor: string | null
}

const picture = await photo(400, 300).jpeg().toBuffer()

const put = (session: Session, name: string, body: unknown) =>
  callJson(session, 'PUT', `/api/v1/presets/${name}`, body)

const sizeOf = async (response: Response) => {
  const { width, height, format } = await sharp(await bytesOf(response)).metadata()
  return `${width}x${height} ${format}`
}

t.test('presets are stored in canonical form, listed and removed', async t => {
  const bench = await build(t)
  const made = await put(bench, 'thumb', { operations: 'resize_h-0100,w-200,fit-cover_encode_q-070' })
  const preset = await read<Shown>(made)
  t.match(preset, { name: 'thumb', operations: 'resize_w-200,h-100_encode_q-70', eager: false })
  t.match(preset, { createdAt: /^20.*Z$/, updatedAt: /^20.*Z$/ })
  t.strictSame(await (await bench.get('/api/v1/presets/thumb')).json(), preset)

  const changed = await (await put(bench, 'thumb', { operations: 'flip', eager: true })).json()
  t.match(changed, { operations: 'flip', eager: true, createdAt: preset.createdAt })
  for (const name of ['a', '0', 'constructor', 'x'.repeat(32)]) {
    t.equal((await put(bench, name, { operations: 'preset_n-thumb' })).status, 200, name)
  }
  const names: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const response = await bench.get(`/api/v1/presets?limit=2${cursor && `&cursor=${cursor}`}`)
    const page: Listed = await read<Listed>(response)
    names.push(...page.items.map(({ name }) => name))
    cursor = page.nextCursor
  }
  t.strictSame(names, ['0', 'a', 'constructor', 'thumb', 'x'.repeat(32)])

  t.equal((await bench.get('/api/v1/presets/a', { method: 'DELETE' })).status, 204)
  for (const method of ['GET', 'DELETE']) {
    for (const name of ['a', 'UPPER', '__proto__', 'a%2Fb']) {
      await isProblemResponse(
        t,
        await bench.get(`/api/v1/presets/${name}`, { method }),
        'not-found',
        `${method} ${name}`,
      )
    }
  }
})

t.test('a preset that could not be served is rejected', async t => {
  const bench = await build(t)
  await put(bench, 'a', { operations: 'flip' })
  await put(bench, 'b', { operations: 'preset_n-a_blur_s-1' })
  const eight = Array(8).fill('flip_d-v').join('_')
  await put(bench, 'eight', { operations: eight })
  const cases: [name: string, body: unknown, code: ErrorCode, detail: RegExp][] = [
    ['UPPER', { operations: 'flip' }, 'bad-request', /name: must be 1 to 32/],
    ['x'.repeat(33), { operations: 'flip' }, 'bad-request', /name/],
    ['a_b', { operations: 'flip' }, 'bad-request', /name/],
    ['__proto__', { operations: 'flip' }, 'bad-request', /name/],
    ['c', {}, 'bad-request', /operations: is required/],
    ['c', { operations: '' }, 'bad-request', /operations/],
    ['c', { operations: 'flip', colour: 1 }, 'bad-request', /colour: is an unknown field/],
    ['c', { operations: 'bogus_w-1' }, 'bad-url', /bogus/],
    ['c', { operations: 'resize_w-0' }, 'bad-url', /w-0.*8192/],
    ['c', { operations: 'resize_w-1,w-2' }, 'bad-url', /repeats/],
    ['c', { operations: 'w-300' }, 'bad-url', /w-300/],
    ['c', { operations: 'flip.jpg' }, 'bad-url', /flip.jpg/],
    ['c', { operations: 'preset_n-none' }, 'bad-url', /n-none does not exist/],
    ['c', { operations: 'preset_n-c' }, 'bad-url', /is a cycle/],
    ['a', { operations: 'preset_n-b' }, 'bad-url', /is a cycle/],
    ['c', { operations: Array(5).fill('preset_n-eight').join('_') }, 'bad-url', /at most 32/],
    ['c', { operations: Array(30).fill('blur_s-1.123456').join('_').repeat(2) }, 'bad-url', /./],
    [
      'c',
      { operations: Array(32).fill('crop_x-0.123456,y-0.123456,w-0.5,h-0.5').join('_') },
      'bad-url',
      /900/,
    ],
  ]
  for (const [name, body, code, detail] of cases) {
    t.match(await isProblemResponse(t, await put(bench, name, body), code, JSON.stringify(body)), detail)
  }
  t.equal((await bench.get('/api/v1/presets/c')).status, 404, 'nothing was stored')
})

t.test('a preset is expanded in place and shares derivatives with the written-out URL', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  await put(bench, 'thumb', { operations: 'resize_w-100' })
  await put(bench, 'turned', { operations: 'rotate_a-90_preset_n-thumb' })
  const named = await bench.get(
    await bench.sign({ imageId: id, operations: [{ op: 'preset', n: 'thumb' }], format: 'png' }),
  )
  t.equal(named.headers.get('darkroom-cache'), 'miss')
  t.equal(named.headers.get('cache-control'), 'public, max-age=3600', 'a preset may change')
  t.equal(await sizeOf(named), '100x75 png')
  const written = await bench.get(
    await bench.sign({ imageId: id, operations: [{ op: 'resize', w: 100 }], format: 'png' }),
  )
  t.equal(written.headers.get('darkroom-cache'), 'memory')
  t.match(written.headers.get('cache-control'), /immutable/)
  t.equal(written.headers.get('etag'), named.headers.get('etag'))

  const start = `/processed/${bench.userId}/${id}`
  const turned = await bench.sign(`${start}_preset_n-turned_flip.png`)
  t.equal(await sizeOf(await bench.get(turned)), '100x133 png')
  const again = await bench.get(turned)
  t.equal(again.headers.get('darkroom-cache'), 'memory')
  t.equal(again.headers.get('cache-control'), 'public, max-age=3600')
  const word = `~${Buffer.from('thumb').toString('base64url')}`
  t.equal(await sizeOf(await bench.get(await bench.sign(`${start}_preset_n-${word}.png`))), '100x75 png')

  for (const [file, detail] of [
    ['_preset_n-none.png', /n-none does not exist/],
    ['_preset_n-THUMB.png', /n-THUMB/],
    ['_preset_n-thumb,n-turned.png', /repeats/],
    ['_preset.png', /n is required/],
    ['_preset_w-3.png', /unknown option "w"/],
    [`${'_preset_n-turned'.repeat(17)}.png`, /at most 32/],
  ] as const) {
    const { keyId, secret } = { keyId: bench.key.id, secret: bench.key.secret }
    const url = await sign(start + file, { keyId, secret })
    t.match(isProblem(t, await send(bench.url, url), 'bad-url', file), detail)
    const asked = await callJson(bench, 'POST', '/api/v1/sign', { path: start + file })
    t.match(await isProblemResponse(t, asked, 'bad-url', `sign ${file}`), detail)
  }
})

t.test('a changed preset is never served stale, and a deleted one is rejected', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  await put(bench, 'inner', { operations: 'resize_w-100' })
  await put(bench, 'outer', { operations: 'preset_n-inner_flip' })
  const url = await bench.sign(`/processed/${bench.userId}/${id}_preset_n-outer.png`)
  const first = await bench.get(url)
  t.equal(await sizeOf(first), '100x75 png')
  const etag = first.headers.get('etag') ?? ''
  await put(bench, 'inner', { operations: 'resize_w-120' })
  const conditional = () => bench.get(url, { headers: { 'if-none-match': etag } })
  await until('the change takes effect', 1200, async () => (await conditional()).status === 200)
  t.equal(await sizeOf(await conditional()), '120x90 png')

  t.equal((await bench.get('/api/v1/presets/inner', { method: 'DELETE' })).status, 204)
  await until('the deletion takes effect', 1200, async () => (await bench.get(url)).status === 400)
  t.match(await isProblemResponse(t, await bench.get(url), 'bad-url'), /n-inner does not exist/)

  // two presets that were stored concurrently, each before the other was visible
  const rows = bench.app.metadata.presets
  await rows.put(bench.userId, 'outer', { operations: 'preset_n-inner', eager: false })
  await rows.put(bench.userId, 'inner', { operations: 'preset_n-outer', eager: false })
  await until('the cycle is found', 1200, async () => /is a cycle/.test(await (await bench.get(url)).text()))
})

t.test('presets are private to their user', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const { id } = await bench.upload(picture)
  await put(other, 'foreign', { operations: 'flip' })
  await put(other, 'shared', { operations: 'resize_w-50' })
  await put(bench, 'shared', { operations: 'resize_w-60' })
  await isProblemResponse(t, await bench.get('/api/v1/presets/foreign'), 'not-found')
  await isProblemResponse(t, await bench.get('/api/v1/presets/foreign', { method: 'DELETE' }), 'not-found')
  t.equal((await other.get('/api/v1/presets/foreign')).status, 200)
  const start = `/processed/${bench.userId}/${id}`
  const asked = await callJson(bench, 'POST', '/api/v1/sign', { path: `${start}_preset_n-foreign.png` })
  await isProblemResponse(t, asked, 'bad-url')
  t.equal(await sizeOf(await bench.get(await bench.sign(`${start}_preset_n-shared.png`))), '60x45 png')
  t.equal((await read<Listed>(await bench.get('/api/v1/presets'))).items.length, 1)
  await isProblemResponse(t, await fetch(`${bench.url}/api/v1/presets`), 'unauthorized')
})
