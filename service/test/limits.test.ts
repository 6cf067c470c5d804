import t, { type Test } from 'tap'
import { administrator } from './administrator.ts'
import { type Bench, build } from './build.ts'
import { freePort } from './free-port.ts'
import { objectsOf, recordsOf } from './objects.ts'
import { photo } from './pictures.ts'
import { isProblemResponse } from './problem.ts'
import { bytesOf, callJson, read, type Session } from './session.ts'
import { until } from './until.ts'

const picture = await photo(300, 200).jpeg().toBuffer()

/** A service with an administrator who limits its user. */
async function buildLimited(t: Test, limits: object, overrides = {}) {
  const bench = await build(t, overrides)
  const admin = await administrator(bench)
  const limit = async (limits: unknown, userId = bench.userId) =>
    callJson(admin, 'PATCH', `/api/v1/users/${userId}`, { limits })
  await read(await limit(limits))
  return { bench, admin, limit }
}

/** The same service in another process, as far as memory goes. */
const another = async (t: Test, { environment }: Bench) =>
  build(t, { ...environment, PORT: String(await freePort()) })

const statuses = async (answers: readonly Promise<Response>[]) =>
  (await Promise.all(answers)).map(({ status }) => status).sort()

const post = (session: Session, path: string, body: unknown) => callJson(session, 'POST', path, body)

t.test('administrators set limits, and everybody sees his own', async t => {
  const limits = { images: 5, storageBytes: 1_000_000, operations: ['resize'], formats: ['jpg', 'auto'] }
  const { bench, admin, limit } = await buildLimited(t, limits)
  t.match(await read(await bench.get('/api/v1/me')), { limits })
  t.match(await read(await admin.get(`/api/v1/users/${bench.userId}`)), { limits })
  t.match(await read(await admin.get('/api/v1/me')), { limits: null })
  const change = await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { presetsOnly: false })
  t.match(await read(change), { limits }, 'what is not named stays')

  const wrong: [unknown, RegExp][] = [
    [{ images: -1 }, /^limits\.images: /],
    [{ images: null }, /^limits\.images: /],
    [{ images: '5' }, /^limits\.images: /],
    [{ image: 5 }, /^limits\.image: is not known here/],
    [{ requestsPerSecond: 0 }, /^limits\.requestsPerSecond: /],
    [{ operations: ['resize', 'explode'] }, /^limits\.operations\.1: /],
    [{ formats: ['bmp'] }, /^limits\.formats\.0: /],
    [5, /^limits: /],
  ]
  for (const [value, detail] of wrong)
    t.match(await isProblemResponse(t, await limit(value), 'bad-request'), detail)
  t.match(await read(await bench.get('/api/v1/me')), { limits }, 'nothing was written')
  const own = await callJson(bench, 'PATCH', `/api/v1/users/${bench.userId}`, { limits: null })
  await isProblemResponse(t, own, 'forbidden')
  t.match(await read(await limit(null)), { limits: null })
})

t.test('of uploads at once in two processes, no more images come in than the user may have', async t => {
  const { bench, limit } = await buildLimited(t, { images: 3 })
  const other = await another(t, bench)
  const uploads = [bench, other, bench, other, bench, other].map(({ tryUpload }) => tryUpload(picture))
  t.strictSame(await statuses(uploads), [201, 201, 201, 403, 403, 403])
  const detail = await isProblemResponse(t, await bench.tryUpload(picture), 'over-limit')
  t.equal(detail, 'images: at most 3')
  const { items } = await read<{ items: { id: string }[] }>(await bench.get('/api/v1/images'))
  t.equal(items.length, 3)
  t.equal((await objectsOf(bench, 'raw')).length, 3, 'nothing is left of the others')

  await bench.get(`/api/v1/images/${items[0]!.id}`, { method: 'DELETE' })
  t.equal((await bench.tryUpload(picture)).status, 201, 'a deleted image makes room')
  await limit(null)
  t.equal((await bench.tryUpload(picture)).status, 201)
})

t.test('no more bytes are stored than the user may have', async t => {
  const most = Math.floor(picture.length * 2.5)
  const { bench } = await buildLimited(t, { storageBytes: most })
  const uploads = [1, 2, 3, 4].map(() => bench.tryUpload(picture))
  t.strictSame(await statuses(uploads), [201, 201, 403, 403])
  const detail = await isProblemResponse(t, await bench.tryUpload(picture), 'over-limit')
  t.equal(detail, `storageBytes: at most ${most}, of which ${picture.length * 2} are taken`)
  t.equal((await objectsOf(bench, 'raw')).length, 2)
})

t.test('operations, formats and pixels are refused before any work, wherever they are named', async t => {
  const { bench, limit } = await buildLimited(t, {})
  const { id } = await bench.upload(picture)
  const path = (rest: string) => `/processed/${bench.userId}/${id}${rest}`
  await read(await callJson(bench, 'PUT', '/api/v1/presets/soft', { operations: 'blur_s-3' }))
  const cases = {
    '_blur_s-3.jpg': /^operations: blur is not allowed, expected one of resize, encode, info$/,
    '_preset_n-soft.jpg': /^operations: blur is not allowed/,
    '_resize_w-50.avif': /^formats: avif is not allowed, expected one of jpg, json$/,
    '_resize_w-50.auto': /^formats: auto is not allowed/,
    '.jpg': /^outputPixels: at most 20000, this result has 60000 \(300 × 200\)$/,
  }
  const urls = new Map<string, string>()
  for (const rest of Object.keys(cases)) urls.set(rest, await bench.sign(path(rest)))
  const small = await bench.sign(path('_resize_w-150.jpg'))
  const info = await bench.sign(path('_info.json'))

  const limits = { operations: ['resize', 'encode', 'info'], formats: ['jpg', 'json'], outputPixels: 20_000 }
  await read(await limit(limits))
  await until('the limits are felt', 10_000, async () => (await bench.get(urls.get('.jpg')!)).status === 403)
  for (const [rest, detail] of Object.entries(cases)) {
    t.match(await isProblemResponse(t, await bench.get(urls.get(rest)!), 'over-limit', rest), detail)
    const sign = await post(bench, '/api/v1/sign', { path: path(rest) })
    t.match(await isProblemResponse(t, sign, 'over-limit', `sign ${rest}`), detail)
    const [operations = '', format] = rest.replace(/^_/, '').split('.')
    if (operations === '') continue
    const order = await post(bench, `/api/v1/images/${id}/eager`, { transforms: [{ operations, format }] })
    t.match(await isProblemResponse(t, order, 'over-limit', `eager ${rest}`), /^transforms\.0: /)
  }
  const batch = await post(bench, '/api/v1/sign/batch', [{ path: path('_blur_s-3.jpg') }])
  t.match(await isProblemResponse(t, batch, 'bad-request'), /^0: operations: blur/)
  t.strictSame(await recordsOf(bench), [], 'nothing was made')
  await bytesOf(await bench.get(small))
  t.match(await read(await bench.get(info)), { width: 300 }, 'a description is no picture')
})

for (const kind of ['light', 'heavy']) {
  t.test(`so many ${kind} developments a day, in all processes together`, async t => {
    const overrides = kind === 'heavy' ? { DARKROOM_HEAVY_COST_MS: '0' } : {}
    const { bench, limit } = await buildLimited(t, { developmentsPerDay: 3 }, overrides)
    const other = await another(t, bench)
    const { id } = await bench.upload(picture)
    const at = (session: Session, url: string) =>
      fetch(new URL(new URL(url).pathname + new URL(url).search, session.url))
    const urls = await Promise.all(
      [50, 60, 70, 80].map(w => bench.sign(`/processed/${bench.userId}/${id}_resize_w-${w}.jpg`)),
    )
    const [first = '', second = '', third = '', fourth = ''] = urls
    for (const [session, url] of [
      [bench, first],
      [other, second],
      [bench, third],
    ] as const)
      await bytesOf(await at(session, url))
    for (const session of [bench, other]) {
      const refused = await at(session, fourth)
      const left = Number(refused.headers.get('retry-after'))
      t.ok(left > 0 && left <= 86_400, `midnight comes in ${left} s`)
      const detail = await isProblemResponse(t, refused, 'too-many-requests')
      t.equal(detail, 'developmentsPerDay: at most 3, from midnight to midnight UTC')
    }
    const order = await post(bench, `/api/v1/images/${id}/eager`, {
      transforms: [{ operations: 'resize_w-90', format: 'jpg' }],
    })
    await isProblemResponse(t, order, 'too-many-requests')
    await bytesOf(await at(bench, first))
    await bench.app.keeper.idle()
    await bytesOf(await at(other, first))
    await read(await limit({ developmentsPerDay: 4 }))
    await until('there is one more', 10_000, async () => (await at(bench, fourth)).status === 200)
  })
}

t.test('so many requests a second, hits from memory counted', async t => {
  const perSecond = 2
  const { bench } = await buildLimited(t, { requestsPerSecond: perSecond })
  const free = await bench.join('free@example.com')
  const urlOf = async (session: Session) => {
    const { id } = await session.upload(picture)
    return session.sign(`/processed/${session.userId}/${id}_resize_w-50.jpg`)
  }
  const [url, others] = [await urlOf(bench), await urlOf(free)]
  const begun = performance.now()
  const counts = new Map<number, number>()
  let refused: Response | undefined
  for (let sent = 0; sent < 200; sent++) {
    const response = await fetch(url)
    counts.set(response.status, (counts.get(response.status) ?? 0) + 1)
    if (response.status === 429) refused ??= response
    else await bytesOf(response)
    await bytesOf(await fetch(others))
  }
  const seconds = (performance.now() - begun) / 1000
  const served = counts.get(200) ?? 0
  t.ok(served >= perSecond, `${served} served`)
  t.ok(served <= perSecond * (seconds + 1) + 1, `${served} served in ${seconds} s`)
  t.equal(served + (counts.get(429) ?? 0), 200)
  if (refused)
    t.equal(await isProblemResponse(t, refused, 'too-many-requests'), 'requestsPerSecond: at most 2')
  await until('there is one more', 10_000, async () => (await fetch(url)).status === 200)

  const unsigned = url.replace(/s=[^&]+/, `s=${'A'.repeat(43)}`)
  await until('the bucket is empty', 10_000, async () => (await fetch(url)).status === 429)
  t.equal((await fetch(unsigned)).status, 403, 'what is not signed is none of them')
})
