import sharp from 'sharp'
import { sign } from '../../client/sign.ts'
import { administrator } from '../support/administrator.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblem, isProblemResponse } from '../support/problem.ts'
import { send } from '../support/send.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(400, 300).jpeg().toBuffer()

t.test(
  'a user with presetsOnly can use presets only, and originals only with the right to originals',
  async t => {
    const bench = await build(t)
    const { id, rawUrl } = await bench.upload(picture)
    await read(await callJson(bench, 'PUT', '/api/v1/presets/thumb', { operations: 'resize_w-100' }))
    const start = `/processed/${bench.userId}/${id}`
    const key = { keyId: bench.key.id, secret: bench.key.secret }
    const files = ['_resize_w-100.png', '.png', '_preset_n-thumb_flip.png', '_encode_q-50_preset_n-thumb.jpg']
    const urls = await Promise.all(files.map(file => sign(start + file, key)))
    for (const url of urls) t.equal((await send(bench.url, url)).status, 200)

    const change = `/api/v1/users/${bench.userId}`
    await isProblemResponse(t, await callJson(bench, 'PATCH', change, { presetsOnly: false }), 'forbidden')
    const admin = await administrator(bench)
    const set = await callJson(admin, 'PATCH', change, { presetsOnly: true })
    t.match(await set.json(), {
      id: bench.userId,
      role: 'member',
      presetsOnly: true,
      passwordHash: undefined,
    })
    await isProblemResponse(
      t,
      await callJson(admin, 'PATCH', '/api/v1/users/nobody', { presetsOnly: true }),
      'not-found',
    )

    for (const [index, url] of urls.entries()) {
      await until('the change takes effect', 1200, async () => (await send(bench.url, url)).status === 403)
      isProblem(t, await send(bench.url, url), 'forbidden', files[index])
      const asked = await callJson(bench, 'POST', '/api/v1/sign', { path: start + files[index] })
      await isProblemResponse(t, asked, 'forbidden', `sign ${files[index]}`)
    }
    t.equal((await send(bench.url, await sign(`${start}_preset_n-thumb.webp`, key))).status, 200)
    t.equal(
      (await send(bench.url, await sign(`${start}_preset_n-thumb_preset_n-thumb.webp`, key))).status,
      200,
    )

    await isProblemResponse(t, await bench.get(rawUrl), 'forbidden')
    const raw = new URL(rawUrl).pathname
    const mayNot = await callJson(bench, 'POST', '/api/v1/sign', { path: raw })
    t.match(await isProblemResponse(t, mayNot, 'forbidden'), /no originals/)
    const shown = await read<{ rawUrl: string }>(await bench.get(`/api/v1/images/${id}`))
    t.equal(shown.rawUrl, bench.url + raw, 'the URL of the original is not signed')
    t.match(await read(await callJson(admin, 'PATCH', change, { originals: true })), { originals: true })
    await until('the right takes effect', 1200, async () => (await bench.get(rawUrl)).status === 200)
    t.equal((await bench.get(await bench.sign(raw))).status, 200)
    t.match(await read(await bench.get('/api/v1/me')), { presetsOnly: true, originals: true })
  },
)

t.test('the presets of a user with presetsOnly are written by administrators', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const admin = await administrator(bench)
  await read(await callJson(admin, 'PATCH', `/api/v1/users/${bench.userId}`, { presetsOnly: true }))
  const path = `/api/v1/users/${bench.userId}/presets`
  const body = { operations: 'resize_w-80', eager: false }
  const made = await read<{ name: string }>(await callJson(admin, 'PUT', `${path}/thumb`, body))
  t.match(made, { name: 'thumb', ...body })

  await isProblemResponse(t, await callJson(bench, 'PUT', '/api/v1/presets/thumb', body), 'forbidden')
  await isProblemResponse(t, await callJson(bench, 'PUT', '/api/v1/presets/own', body), 'forbidden')
  await isProblemResponse(t, await bench.get('/api/v1/presets/thumb', { method: 'DELETE' }), 'forbidden')
  await isProblemResponse(t, await callJson(bench, 'PUT', `${path}/thumb`, body), 'forbidden')
  t.strictSame(await read(await bench.get('/api/v1/presets/thumb')), made, 'they may read it')
  const url = await bench.sign(`/processed/${bench.userId}/${id}_preset_n-thumb.png`)
  const file = await bytesOf(await bench.get(url))
  t.match(await sharp(file).metadata(), { width: 80, height: 60, format: 'png' })

  t.strictSame(await read(await admin.get(path)), { items: [made], nextCursor: null })
  t.strictSame(await read(await admin.get(`${path}/thumb`)), made)
  t.equal((await admin.get(`${path}/thumb`, { method: 'DELETE' })).status, 204)
  for (const [method, where] of [
    ['GET', `${path}/thumb`],
    ['DELETE', `${path}/thumb`],
    ['GET', '/api/v1/users/nobody/presets'],
  ] as const)
    await isProblemResponse(t, await admin.get(where, { method }), 'not-found', where)
  const nobody = await callJson(admin, 'PUT', '/api/v1/users/nobody/presets/thumb', body)
  await isProblemResponse(t, nobody, 'not-found')
})
