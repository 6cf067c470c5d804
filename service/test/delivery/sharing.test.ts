import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { type Bench, build } from '../support/build.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(1200, 900).png({ compressionLevel: 1 }).toBuffer()

/** Signed URLs of renders that take some hundred milliseconds each. */
function slowUrls(bench: Bench, imageId: string, count: number): Promise<string[]> {
  const urls = Array.from({ length: count }, (_, index) => {
    const operations = [
      { op: 'resize', w: 800 + index },
      { op: 'encode', lossless: true },
    ]
    return bench.sign({ imageId, operations, format: 'webp' })
  })
  return Promise.all(urls)
}

const tierOf = (response: Response) => response.headers.get('darkroom-cache')

t.test('200 requests for one cold derivative share one render', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const url = (await slowUrls(bench, id, 1))[0]!
  const responses = await Promise.all(Array.from({ length: 200 }, () => bench.get(url)))
  const tiers = responses.map(tierOf)
  t.equal(tiers.filter(tier => tier === 'miss').length, 1)
  t.equal(tiers.filter(tier => tier === 'shared').length, 199)
  const [first, ...others] = await Promise.all(responses.map(bytesOf))
  t.ok(others.every(body => body.equals(first!)))
  t.match(await sharp(first).metadata(), { width: 800, height: 600 })
  t.equal(await bench.metric('darkroom_development_seconds_count'), 1)
})

t.test('a client that disconnects does not cancel the render that others wait for', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  // until then, the background jobs of the upload use the engine, too
  await ingested(bench.app.database, id)
  const url = (await slowUrls(bench, id, 1))[0]!
  const disconnecting = new AbortController()
  const first = bench.get(url, { signal: disconnecting.signal })
  await until('the render has started', 2000, () => bench.app.engine.load.running === 1)
  const others = Array.from({ length: 5 }, () => bench.get(url))
  await setTimeout(50)
  disconnecting.abort()
  await t.rejects(first, { name: 'AbortError' })
  const answered = await Promise.all(others)
  t.strictSame(
    answered.map(response => [response.status, tierOf(response)]),
    answered.map(() => [200, 'shared']),
  )
  await Promise.all(answered.map(bytesOf))
  t.equal(await bench.metric('darkroom_development_seconds_count'), 1)
})

t.test('renders that no client waits for any more are cancelled', async t => {
  const bench = await build(t, { DARKROOM_CONCURRENCY: '1' })
  const { id } = await bench.upload(picture)
  await ingested(bench.app.database, id)
  const urls = await slowUrls(bench, id, 20)
  const disconnecting = new AbortController()
  const requests = urls.map(url => bench.get(url, { signal: disconnecting.signal }))
  await until('all are in the admission queue', 3000, () => bench.app.engine.load.waiting === 19)
  disconnecting.abort()
  for (const request of requests) await t.rejects(request, { name: 'AbortError' })
  await until('the queue is empty', 5000, () => bench.app.engine.load.waiting === 0)
  const next = await bench.get(urls[19]!)
  t.equal(tierOf(next), 'miss')
  await bytesOf(next)
  const rendered = await bench.metric('darkroom_development_seconds_count')
  // the render that ran, the one that was already reading its source, and the last one
  t.ok(rendered <= 3, `${rendered} were rendered`)
  // the background jobs of the upload may be running
  await until('nothing runs or waits', 10_000, () => {
    const { running, waiting } = bench.app.engine.load
    return running === 0 && waiting === 0
  })
})

t.test('requests for one cold derivative share an error, which is not cached', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  // of the full size, for which no smaller rendering can be the source
  const url = await bench.sign({ imageId: id, operations: [{ op: 'rotate', a: 180 }], format: 'webp' })
  const original = `raw/${bench.userId}/${id}-orig.png`
  await bench.app.store.delete([original])
  const responses = await Promise.all(Array.from({ length: 5 }, () => bench.get(url)))
  t.strictSame(
    responses.map(response => response.status),
    responses.map(() => 500),
  )
  await bench.app.store.put(original, picture, { contentType: 'image/png' })
  await bytesOf(await bench.get(url))
})

t.test('renders whose memory exceeds the budget run one after the other', async t => {
  const bench = await build(t, { DARKROOM_RENDER_MEMORY_MB: '64', DARKROOM_CONCURRENCY: '4' })
  const { id } = await bench.upload(picture)
  await ingested(bench.app.database, id)
  const paths = [2600, 2601, 4000].map(w => `/processed/${bench.userId}/${id}_resize_w-${w},enlarge-1.jpg`)
  const urls = await Promise.all(paths.map(path => bench.sign(path)))
  const { engine } = bench.app
  let [running, bytes] = [0, 0]
  const sampler = setInterval(() => {
    const { load } = engine
    running = Math.max(running, load.running)
    bytes = Math.max(bytes, load.memoryBytes)
  }, 2)
  const responses = await Promise.all(urls.map(url => bench.get(url)))
  clearInterval(sampler)
  t.strictSame(
    responses.map(({ status }) => status),
    [200, 200, 200],
  )
  t.equal(running, 1)
  t.ok(bytes > 64 * 1024 * 1024, `${bytes}: the largest exceeds the budget alone`)
  await Promise.all(responses.map(bytesOf))
  t.equal(await bench.metric('darkroom_engine_memory_bytes'), 0)
})
