import { sweep } from '../support/chores.ts'
import { another, buildLimited } from '../support/limited.ts'
import { objectsOf, recordsOf } from '../support/objects.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(300, 200).jpeg().toBuffer()

const statuses = async (answers: readonly Promise<Response>[]) =>
  (await Promise.all(answers)).map(({ status }) => status).sort()

const post = (session: Session, path: string, body: unknown) => callJson(session, 'POST', path, body)

t.test('administrators set limits, and users see their own', async t => {
  const limits = { images: 5, storageBytes: 1_000_000, operations: ['resize'], formats: ['jpg', 'auto'] }
  const { bench, admin, limit } = await buildLimited(t, limits)
  t.match(await read(await bench.get('/api/v1/me')), { limits })
  t.match(await read(await admin.get(`/api/v1/users/${bench.userId}`)), { limits })
  t.match(await read(await admin.get('/api/v1/me')), { limits: null })
  const change = await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { presetsOnly: false })
  t.match(await read(change), { limits }, 'a change leaves other settings alone')

  const wrong: [unknown, RegExp][] = [
    [{ images: -1 }, /^limits\.images: /],
    [{ images: null }, /^limits\.images: /],
    [{ images: '5' }, /^limits\.images: /],
    [{ image: 5 }, /^limits\.image: is an unknown field/],
    [{ requestsPerSecond: 0 }, /^limits\.requestsPerSecond: /],
    [{ operations: ['resize', 'explode'] }, /^limits\.operations\.1: /],
    [{ formats: ['bmp'] }, /^limits\.formats\.0: /],
    [5, /^limits: /],
  ]
  for (const [value, detail] of wrong)
    t.match(await isProblemResponse(t, await limit(value), 'bad-request'), detail)
  t.match(await read(await bench.get('/api/v1/me')), { limits }, 'a rejected change writes nothing')
  const own = await callJson(bench, 'PATCH', `/api/v1/users/${bench.userId}`, { limits: null })
  await isProblemResponse(t, own, 'forbidden')
  t.match(await read(await limit(null)), { limits: null })
})

t.test('administrators see the holdings of limited and unlimited users', async t => {
  const { bench, admin, limit } = await buildLimited(t, {})
  const holdings = (id: string) => admin.get(`/api/v1/users/${id}/holdings`)
  const [kept, gone] = [await bench.upload(picture), await bench.upload(picture)]
  await admin.upload(picture)
  await bench.get(`/api/v1/images/${gone.id}`, { method: 'DELETE' })
  const storageBytes = 2 * picture.length
  const none = { derivatives: 0, derivativeBytes: 0 }
  const before = { images: 1, deletedImages: 1, storageBytes, ...none, developmentsToday: 0 }
  t.strictSame(await read(await holdings(bench.userId)), before, 'a soft-deleted image counts as storage')
  await read(await limit({ developmentsPerDay: 5, images: 5 }))
  const rendered = await bytesOf(
    await bench.get(await bench.sign({ imageId: kept.id, operations: [{ op: 'grayscale' }], format: 'png' })),
  )
  await until('the render is counted', 30_000, async () => {
    const now = await read<{ developmentsToday: number; derivatives: number }>(await holdings(bench.userId))
    return now.developmentsToday === 1 && now.derivatives === 1
  })
  await bench.get(`/api/v1/images/${gone.id}?purge=true`, { method: 'DELETE' })
  const after = {
    ...{ images: 1, deletedImages: 0, storageBytes: picture.length },
    ...{ derivatives: 1, derivativeBytes: rendered.length, developmentsToday: 1 },
  }
  t.strictSame(await read(await holdings(bench.userId)), after)
  for (const id of ['unknown', 'UPPER', '..%2f..'])
    await isProblemResponse(t, await holdings(id), 'not-found')
  await isProblemResponse(t, await bench.get(`/api/v1/users/${bench.userId}/holdings`), 'forbidden')
  t.strictSame(await read(await bench.get('/api/v1/me/holdings')), after, 'users see their own')

  const wrong = `update user_holdings set images = 4, image_bytes = 9, derivatives = 3, derivative_bytes = 7,
    checked_at = null where user_id = $1`
  await bench.app.database.query(wrong, [bench.userId])
  t.match(await read(await holdings(bench.userId)), { images: 4, storageBytes: 9, derivativeBytes: 7 })
  await sweep(bench)
  t.strictSame(await read(await holdings(bench.userId)), after, 'the sweep corrects wrong counts')
  t.equal(await bench.metric('darkroom_holdings_corrected'), 1)
})

t.test('concurrent uploads in two processes never exceed the image limit', async t => {
  const { bench, limit } = await buildLimited(t, { images: 10 })
  const other = await another(t, bench)
  const uploads = Array.from({ length: 200 }, (_, index) => (index % 2 ? bench : other).tryUpload(picture))
  const ended = await statuses(uploads)
  const count = (status: number) => ended.filter(each => each === status).length
  // on a busy machine, some wait for a slot for too long
  t.strictSame([count(201), count(403) + count(429)], [10, 190])
  const detail = await isProblemResponse(t, await bench.tryUpload(picture), 'over-limit')
  t.equal(detail, 'images: at most 10')
  const { items } = await read<{ items: { id: string }[] }>(await bench.get('/api/v1/images'))
  t.equal(items.length, 10)
  t.equal((await objectsOf(bench, 'raw')).length, 10, 'the rejected uploads leave no object')

  await bench.get(`/api/v1/images/${items[0]!.id}`, { method: 'DELETE' })
  t.equal((await bench.tryUpload(picture)).status, 201, 'a deleted image frees its place')
  await limit(null)
  t.equal((await bench.tryUpload(picture)).status, 201)
})

t.test('uploads never exceed the storage limit', async t => {
  const most = Math.floor(picture.length * 2.5)
  const { bench } = await buildLimited(t, { storageBytes: most })
  const uploads = [1, 2, 3, 4].map(() => bench.tryUpload(picture))
  t.strictSame(await statuses(uploads), [201, 201, 403, 403])
  const detail = await isProblemResponse(t, await bench.tryUpload(picture), 'over-limit')
  t.equal(detail, `storageBytes: at most ${most}, ${picture.length * 2} are in use`)
  t.equal((await objectsOf(bench, 'raw')).length, 2)

  const { items } = await read<{ items: { id: string }[] }>(await bench.get('/api/v1/images'))
  const url = `/api/v1/images/${items[0]!.id}`
  await bench.get(url, { method: 'DELETE' })
  await isProblemResponse(
    t,
    await bench.tryUpload(picture),
    'over-limit',
    'a soft-deleted image counts as storage',
  )
  t.equal(
    (await bench.get(`${url}/restore`, { method: 'POST' })).status,
    200,
    'a restored image is not counted twice',
  )
  await bench.get(`${url}?purge=true`, { method: 'DELETE' })
  t.equal((await bench.tryUpload(picture)).status, 201)
})

t.test(
  'limits of operations, formats and pixels reject delivery, sign and eager before any work',
  async t => {
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

    const limits = {
      operations: ['resize', 'encode', 'info'],
      formats: ['jpg', 'json'],
      outputPixels: 20_000,
    }
    await read(await limit(limits))
    await until(
      'the limits take effect',
      10_000,
      async () => (await bench.get(urls.get('.jpg')!)).status === 403,
    )
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
    t.strictSame(await recordsOf(bench), [], 'no derivative was made')
    await bytesOf(await bench.get(small))
    t.match(await read(await bench.get(info)), { width: 300 }, 'info is not limited by pixels')
  },
)
