import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { pathOfKey } from '../../storage/drivers/file/paths.ts'
import { build } from '../support/build.ts'
import { buildCluster } from '../support/cluster.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { sharedNats, startDedicatedNats } from '../support/services/nats.ts'
import { bytesOf, callJson, read, type Session } from '../support/session.ts'
import t, { type Test } from '../support/tap.ts'
import { until } from '../support/until.ts'

const red = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><rect width="300" height="200" fill="#c03030"/></svg>',
)
const green = await sharp({ create: { width: 90, height: 90, channels: 3, background: '#30a040' } })
  .png()
  .toBuffer()
const shared = await sharedNats()
const own = await startDedicatedNats()
t.teardown(() => Promise.all([shared?.stop(), own?.stop()]))
const skip = shared && own ? false : 'there is no NATS server'

type Setting = null | 'placeholder' | { imageId: string }

const setFallback = async (session: Session, fallback: Setting) =>
  read<{ fallback: Setting }>(await callJson(session, 'PATCH', '/api/v1/me', { fallback }))

/** Uploads an SVG, whose renders are always heavy, and has it analysed. */
async function uploadDrawing(session: Session): Promise<string> {
  const { id } = await session.upload(red)
  await bytesOf(
    await session.get(await session.sign({ imageId: id, format: 'json', operations: [{ op: 'info' }] })),
  )
  return id
}

const signWidth = (session: Session, imageId: string, w: number, format = 'webp') =>
  session.sign({ imageId, operations: [{ op: 'resize', w }], format })

/** Asserts that the response is a fallback of this size. @returns its mean colour */
async function isFallback(t: Test, response: Response, width: number, height: number): Promise<number[]> {
  t.equal(response.status, 200)
  t.match(Object.fromEntries(response.headers), {
    'content-type': 'image/webp',
    'cache-control': 'no-store',
    'darkroom-note': 'fallback',
  })
  for (const name of ['etag', 'vary', 'darkroom-variant']) t.notOk(response.headers.has(name), name)
  const file = await bytesOf(response)
  t.match(await sharp(file).metadata(), { format: 'webp', width, height })
  return (await sharp(file).stats()).channels.map(({ mean }) => Math.round(mean))
}

const isNear = (found: readonly number[], expected: readonly number[]) =>
  expected.every((value, at) => Math.abs(value - (found[at] ?? 0)) <= 12)

/** Waits until the image route applies a changed setting, which it caches for half a second. */
const respondsWith = (session: Session, url: string, status: number) =>
  until(`the response has status ${status}`, 10_000, async () => {
    const response = await session.get(url)
    await response.body?.cancel()
    return response.status === status
  })

t.test(
  'the fallback of the user is shown when a heavy render times out, which then continues',
  { skip },
  async t => {
    const cluster = await buildCluster(t, shared!.url, { DARKROOM_HEAVY_WAIT_MS: '1' })
    const session = await cluster.session(await cluster.http())
    const drawing = await uploadDrawing(session)
    const url = await signWidth(session, drawing, 240)
    await isProblemResponse(t, await session.get(url), 'overloaded')

    await setFallback(session, 'placeholder')
    await respondsWith(session, url, 200)
    const headers = { 'if-none-match': '*' }
    const drawn = await isFallback(t, await session.get(url, { headers }), 240, 160)
    t.ok(isNear(drawn, [0xc0, 0x30, 0x30]), `placeholder of ${drawn}`)
    const head = await session.get(url, { method: 'HEAD' })
    t.match([head.status, head.headers.get('darkroom-note')], [200, 'fallback'])
    const { pathname: path } = new URL(url)
    const named = await callJson(session, 'POST', '/api/v1/sign', { path, download: 'Drawing' })
    const download = await session.get((await read<{ url: string }>(named)).url)
    await isProblemResponse(t, download, 'overloaded', 'no other image is saved as the download')
    await isFallback(t, await session.get(await signWidth(session, drawing, 3000)), 1024, 683)

    const { id } = await session.upload(green)
    await setFallback(session, { imageId: id })
    await until('the other image is shown', 10_000, async () => {
      const shown = await isFallback(t, await session.get(url), 240, 160)
      return isNear(shown, [0x30, 0xa0, 0x40])
    })
    const files = async () => {
      const rows = await cluster.database.query<{ name: string }>('select file_name as name from derivatives')
      return rows.map(({ name }) => name).filter(name => !name.endsWith('.json'))
    }
    await until('the other image is stored', 10_000, async () => (await files()).length > 0)
    t.strictSame(await files(), [`${id}_resize_w-240,h-160,enlarge-1.webp`], 'and no other derivative')

    t.equal((await session.get(`/api/v1/images/${id}`, { method: 'DELETE' })).status, 204)
    await respondsWith(session, url, 503)
    t.match(await read(await session.get('/api/v1/me')), { fallback: null })

    await setFallback(session, 'placeholder')
    await cluster.worker()
    await until('the render is finished', 20_000, async () => {
      const response = await session.get(url)
      await bytesOf(response)
      return response.headers.get('darkroom-variant') === 'final' && response.headers.has('etag')
    })
  },
)

t.test('the fallback is shown without NATS, and never for an undecodable image', { skip }, async t => {
  const bench = await build(t, { NATS_URL: own!.url })
  const drawing = await uploadDrawing(bench)
  await setFallback(bench, 'placeholder')
  await own!.kill()
  await respondsWith(bench, await signWidth(bench, drawing, 100), 200)
  t.ok(
    isNear(await isFallback(t, await bench.get(await signWidth(bench, drawing, 110)), 110, 73), [0xc0, 0x30]),
  )

  const light = await build(t, { DARKROOM_HEAVY_COST_MS: '0' })
  const picture = await photo(300, 200).png().toBuffer()
  const { id } = await light.upload(picture)
  await bytesOf(
    await light.get(await light.sign({ imageId: id, format: 'json', operations: [{ op: 'info' }] })),
  )
  await setFallback(light, 'placeholder')
  const original = join(
    light.environment.DARKROOM_DATA_DIR!,
    'objects',
    pathOfKey(`raw/${light.userId}/${id}-orig.png`),
  )
  await writeFile(original, Buffer.concat([picture.subarray(0, 200), Buffer.alloc(picture.length - 200)]))
  const again = await light.restart()
  await isProblemResponse(t, await again.get(await signWidth(again, id, 70)), 'undecodable')
})

t.test('a fallback image whose render is heavy itself is not shown', async t => {
  const bench = await build(t, { DARKROOM_HEAVY_COST_MS: '0', DARKROOM_HEAVY_WAIT_MS: '1' })
  const large = await bench.upload(await photo(1800, 1200).jpeg().toBuffer())
  await setFallback(bench, { imageId: (await bench.upload(green)).id })
  const operations = [{ op: 'encode', lossless: true }]
  const url = await bench.sign({ imageId: large.id, operations, format: 'webp' })
  await isProblemResponse(t, await bench.get(url), 'overloaded')
})

t.test('users read and change only their own fallback', async t => {
  const bench = await build(t)
  const other = await bench.join('other@example.com')
  const own = await bench.upload(green)
  const foreign = await other.upload(green)
  const expected = {
    id: bench.userId,
    email: 'tester@example.com',
    role: 'member',
    presetsOnly: false,
    originals: false,
    fallback: null,
    createdAt: /^\d{4}-/,
    passwordHash: undefined,
  }
  t.match(await read(await bench.get('/api/v1/me')), expected)
  for (const fallback of ['placeholder', { imageId: own.id }, null] as const) {
    t.strictSame((await setFallback(bench, fallback)).fallback, fallback)
    t.match(await read(await bench.get('/api/v1/me')), { fallback })
  }
  t.match(await read(await other.get('/api/v1/me')), { fallback: null })
  const patch = (body: unknown) => callJson(bench, 'PATCH', '/api/v1/me', body)
  for (const imageId of [foreign.id, 'nobody', '../..', '']) {
    const detail = await isProblemResponse(t, await patch({ fallback: { imageId } }), 'not-found')
    t.match(detail, /^fallback\.imageId: /)
  }
  const wrong = ['blur', 1, false, '', [], {}, { imageId: 7 }, { imageId: own.id, more: 1 }]
  for (const fallback of wrong) {
    const detail = await isProblemResponse(
      t,
      await patch({ fallback }),
      'bad-request',
      JSON.stringify(fallback),
    )
    t.match(detail, /^fallback(\.imageId|\.more)?: /)
  }
  t.match(
    await isProblemResponse(t, await patch({}), 'bad-request'),
    /^fallback, rejectTruncated: none is given/,
  )
  t.match(
    await isProblemResponse(t, await patch({ role: 'admin', fallback: null }), 'bad-request'),
    /^role: /,
  )
  await isProblemResponse(t, await patch({ fallback: { imageId: 'a\0b' } }), 'bad-request', 'NUL')
  const anonymous = await fetch(`${bench.url}/api/v1/me`)
  await isProblemResponse(t, anonymous, 'unauthorized')
})
