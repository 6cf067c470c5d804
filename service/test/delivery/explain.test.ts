import t from 'tap'
import type { Problem } from '../../http/problem.ts'
import { signMessage } from '../../url/signature.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import { until } from '../support/until.ts'

interface Explained {
  readonly file: string
  readonly key: string
  readonly operations: readonly object[]
  readonly presets: readonly string[]
  readonly format: { chosen: string; vary: readonly string[] }
  readonly output: { width: number; height: number } | null
  readonly passes: readonly (readonly string[])[]
  readonly source: { kind: string; width: number } | null
  readonly cost: {
    estimatedMs: number
    expectedMs: number
    finishingMs: number | null
    heavy: boolean
  } | null
  readonly answer: string
  readonly cache: { state: string; variant: string | null; bytes: number | null; why: string }
}

const bench = await build(t)
const { userId } = bench
const { id } = await bench.upload(await photo(1600, 1200).jpeg().toBuffer())
const ask = (body: object) => callJson(bench, 'POST', '/api/v1/explain', body)
const explain = async (rest: string, more: object = {}) =>
  read<Explained>(await ask({ path: `/processed/${userId}/${id}${rest}`, ...more }))
const developments = () => bench.metric('darkroom_development_seconds_count')

t.test('a dry run says what a request then does', async t => {
  const before = await developments()
  const told = await explain('_resize_h-300,w-0400,fit-inside_blur_s-2.jpeg')
  t.equal(await developments(), before, 'nothing was developed')
  t.equal(told.file, `${id}_resize_w-400,h-300,fit-inside_blur_s-2.jpg`)
  t.equal(told.key, `processed/${userId}/${told.file}`)
  t.match(told.operations, [
    { op: 'resize', w: 400, h: 300, fit: 'inside', enlarge: false },
    { op: 'blur', s: 2 },
  ])
  t.match(told.output, { width: 400, height: 300, frames: 1 })
  t.match(told.passes.flat().join(' '), /scale 400x300.*blur/)
  t.match(told.source, { kind: 'original', format: 'jpg', width: 1600, height: 1200, page: 1 })
  t.ok(told.cost!.estimatedMs > 0 && told.cost!.expectedMs > 0 && !told.cost!.heavy)
  t.match(told, { answer: 'final', cache: { state: 'none', bytes: null, variant: null } })

  const signed = await bench.sign(`/processed/${userId}/${told.file}`)
  const bytes = await bytesOf(await fetch(signed))
  const cached = await explain('_resize_w-400,h-300,fit-inside_blur_s-2.jpg')
  t.match(cached.cache, { state: 'memory', variant: 'final', bytes: bytes.length })
  await bench.app.delivery.derivativeWriter.idle()
  bench.app.cache.evict([told.key])
  const stored = await explain('_resize_w-400,h-300,fit-inside_blur_s-2.jpg')
  t.match(stored.cache, { state: 'store', variant: 'final', bytes: bytes.length, why: /store/ })
})

t.test('the format is what this client would get, and a dear one has a stand-in first', async t => {
  const auto = '_resize_w-500.auto'
  t.match(await explain(auto, { accept: 'image/webp' }), {
    format: { asked: 'auto', chosen: 'webp', vary: ['Accept'] },
  })
  const avif = await explain(auto, { accept: 'image/avif,image/webp' })
  t.match(avif, { file: `${id}_resize_w-500.avif`, format: { chosen: 'avif', contentType: 'image/avif' } })
  t.equal(avif.answer, 'standin')
  t.ok(avif.cost!.finishingMs! > avif.cost!.estimatedMs)
  t.match(await explain('_info.json'), { output: null, source: null, cost: null, format: { chosen: 'json' } })
})

t.test('presets are put in, and policies are held to', async t => {
  await read(await callJson(bench, 'PUT', '/api/v1/presets/thumb', { operations: 'resize_w-120' }))
  const preset = await explain('_preset_n-thumb.webp')
  t.match(preset, {
    file: `${id}_resize_w-120.webp`,
    presets: ['thumb'],
    operations: [{ op: 'resize', w: 120 }],
  })
  await read(
    await callJson(bench, 'PUT', '/api/v1/policies/small', {
      operations: ['resize'],
      limits: { maxWidth: 200 },
    }),
  )
  t.match(await explain('_resize_w-150.jpg', { policy: 'small' }), { output: { width: 150 } })
  const path = `/processed/${userId}/${id}_resize_w-300.jpg`
  for (const body of [{ path, policy: 'small' }, { path: `${path}?p=small&s=whatever` }])
    t.match(await isProblemResponse(t, await ask(body), 'forbidden'), /small/)
})

t.test('a rung that would be read is named', async t => {
  const big = await bench.upload(await photo(3000, 2000).png().toBuffer())
  const path = `/processed/${userId}/${big.id}_resize_w-200.jpg`
  const look = async () => read<Explained>(await ask({ path }))
  await until('the ladder is there', 60_000, async () => (await look()).source!.kind === 'rung')
  t.match(await look(), { source: { kind: 'rung', width: 640 }, output: { width: 200, height: 133 } })
})

t.test('mistakes are those of the image route', async t => {
  const stranger = await bench.join('stranger@example.com')
  const paths = [
    `/processed/${userId}/${id}_resize_w-0.jpg`,
    `/processed/${userId}/${id}_shrink.jpg`,
    `/processed/${userId}/${id}_page_n-9.jpg`,
    `/processed/${userId}/unknown1.jpg`,
    `/processed/${userId}/${id}_preset_n-nobody.jpg`,
  ]
  for (const path of paths) {
    const image = await fetch(`${bench.url}${path}?s=${signMessage(bench.key.secret, path)}`)
    const told = await ask({ path })
    const [expected, found] = [
      await read<Problem>(image, image.status),
      await read<Problem>(told, told.status),
    ]
    for (const name of ['code', 'status', 'detail'] as const)
      t.equal(found[name], expected[name], `${path}: ${name}`)
    t.ok(image.status >= 400, path)
  }
  const theirs = await callJson(stranger, 'POST', '/api/v1/explain', {
    path: `/processed/${userId}/${id}.jpg`,
  })
  await isProblemResponse(t, theirs, 'not-found')
  const original = await ask({ path: `/raw/${userId}/${id}-orig.jpg` })
  await isProblemResponse(t, original, 'bad-url')
  t.match(await isProblemResponse(t, await ask({}), 'bad-request'), /path/)
})
