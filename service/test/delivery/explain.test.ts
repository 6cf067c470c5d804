import type { Problem } from '../../http/problem.ts'
import { signMessage } from '../../url/signature.ts'
import { build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
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
const countRenders = () => bench.metric('darkroom_development_seconds_count')

t.test('explain predicts what the request then does, and renders nothing', async t => {
  const before = await countRenders()
  const explained = await explain('_resize_h-300,w-0400,fit-inside_blur_s-2.jpeg')
  t.equal(await countRenders(), before, 'nothing was rendered')
  t.equal(explained.file, `${id}_resize_w-400,h-300,fit-inside_blur_s-2.jpg`)
  t.equal(explained.key, `processed/${userId}/${explained.file}`)
  t.match(explained.operations, [
    { op: 'resize', w: 400, h: 300, fit: 'inside', enlarge: false },
    { op: 'blur', s: 2 },
  ])
  t.match(explained.output, { width: 400, height: 300, frames: 1 })
  t.match(explained.passes.flat().join(' '), /scale 400x300.*blur/)
  t.match(explained.source, { kind: 'original', format: 'jpg', width: 1600, height: 1200, page: 1 })
  t.ok(explained.cost!.estimatedMs > 0 && explained.cost!.expectedMs > 0 && !explained.cost!.heavy)
  t.match(explained, { answer: 'final', cache: { state: 'none', bytes: null, variant: null } })

  const signed = await bench.sign(`/processed/${userId}/${explained.file}`)
  const bytes = await bytesOf(await fetch(signed))
  const cached = await explain('_resize_w-400,h-300,fit-inside_blur_s-2.jpg')
  t.match(cached.cache, { state: 'memory', variant: 'final', bytes: bytes.length })
  await bench.app.delivery.derivativeWriter.idle()
  bench.app.cache.evict([explained.key])
  const stored = await explain('_resize_w-400,h-300,fit-inside_blur_s-2.jpg')
  t.match(stored.cache, { state: 'store', variant: 'final', bytes: bytes.length, why: /store/ })
})

t.test('explain negotiates the format, and says when a stand-in comes first', async t => {
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

t.test('explain expands presets and applies policies', async t => {
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

t.test('explain names the rung that the render would read', async t => {
  const big = await bench.upload(await photo(3000, 2000).png().toBuffer())
  const path = `/processed/${userId}/${big.id}_resize_w-200.jpg`
  const look = async () => read<Explained>(await ask({ path }))
  await until('the ladder is built', 60_000, async () => (await look()).source!.kind === 'rung')
  t.match(await look(), { source: { kind: 'rung', width: 640 }, output: { width: 200, height: 133 } })
})

t.test('explain refuses a path with the error of the image route', async t => {
  const other = await bench.join('other@example.com')
  const paths = [
    `/processed/${userId}/${id}_resize_w-0.jpg`,
    `/processed/${userId}/${id}_shrink.jpg`,
    `/processed/${userId}/${id}_page_n-9.jpg`,
    `/processed/${userId}/unknown1.jpg`,
    `/processed/${userId}/${id}_preset_n-missing.jpg`,
  ]
  for (const path of paths) {
    const image = await fetch(`${bench.url}${path}?s=${signMessage(bench.key.secret, path)}`)
    const explained = await ask({ path })
    const [expected, found] = [
      await read<Problem>(image, image.status),
      await read<Problem>(explained, explained.status),
    ]
    for (const name of ['code', 'status', 'detail'] as const)
      t.equal(found[name], expected[name], `${path}: ${name}`)
    t.ok(image.status >= 400, path)
  }
  const foreign = await callJson(other, 'POST', '/api/v1/explain', {
    path: `/processed/${userId}/${id}.jpg`,
  })
  await isProblemResponse(t, foreign, 'not-found')
  const original = await ask({ path: `/raw/${userId}/${id}-orig.jpg` })
  await isProblemResponse(t, original, 'bad-url')
  t.match(await isProblemResponse(t, await ask({}), 'bad-request'), /path/)
})
