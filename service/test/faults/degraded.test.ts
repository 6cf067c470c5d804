import { type Bench, build } from '../support/build.ts'
import { inBucket } from '../support/direct.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { freshDatabase } from '../support/services/postgres.ts'
import { openProxy } from '../support/services/proxy.ts'
import { sharedS3 } from '../support/services/s3.ts'
import { bytesOf, callJson, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(400, 300).jpeg().toBuffer()

/** The responses to these URLs, one after the other: the cache tier of an image, or the status of an error. */
async function ask(bench: Bench, urls: readonly string[]): Promise<string[]> {
  const answers: string[] = []
  for (const url of urls) {
    const response = await bench.get(url)
    if (response.status === 200) await bytesOf(response)
    else await response.body?.cancel()
    answers.push(response.headers.get('darkroom-cache') ?? String(response.status))
  }
  return answers
}

async function timed<T>(work: Promise<T>): Promise<[T, ms: number]> {
  const begun = performance.now()
  return [await work, performance.now() - begun]
}

const ready = async (bench: Bench) => (await ask(bench, ['/readyz']))[0] === '200'

/** The URL of a preset, signed with a policy. */
async function namedUrl(bench: Bench, imageId: string): Promise<string> {
  await read(await callJson(bench, 'PUT', '/api/v1/presets/small', { operations: 'resize_w-50' }))
  await read(await callJson(bench, 'PUT', '/api/v1/policies/web', { presets: ['small'] }))
  const operations = [{ op: 'preset', n: 'small' }]
  const asked = { imageId, operations, format: 'jpg', policy: 'web' }
  const response = await callJson(bench, 'POST', '/api/v1/sign', asked)
  return (await read<{ url: string }>(response)).url
}

/**
 * URLs of derivatives: in memory (two, the second by a preset and a policy), only in the store (two, and one that
 * depends on the focal point), not rendered yet, and of an image that was never requested.
 */
async function prepare(bench: Bench) {
  const [known, unknown] = [await bench.upload(picture), await bench.upload(picture)]
  const urlOf = (id: string, width: number) =>
    bench.sign(`/processed/${bench.userId}/${id}_resize_w-${width}.jpg`)
  const widths = [10, 20, 30, 40]
  const [memory, stored, kept, cold] = await Promise.all(widths.map(width => urlOf(known.id, width)))
  const strange = await urlOf(unknown.id, 10)
  const named = await namedUrl(bench, known.id)
  const focal = await bench.sign(`/processed/${bench.userId}/${known.id}_resize_w-50,h-90,g-focal.jpg`)
  await ask(bench, [memory!, stored!, kept!, focal])
  const again = await bench.restart()
  await ask(again, [memory!, named])
  return { bench: again, memory: memory!, named, stored: stored!, kept: kept!, focal, cold: cold!, strange }
}

for (const way of ['cut', 'blackhole'] as const) {
  t.test(`without Postgres (${way}) known images are served, and the service recovers by itself`, async t => {
    const database = new URL(await freshDatabase(t))
    const proxy = await openProxy(t, Number(database.port))
    database.port = String(proxy.port)
    const first = await build(t, { DATABASE_URL: database.href })
    const { bench, memory, named, stored, kept, focal, cold, strange } = await prepare(first)
    t.ok(await ready(bench))

    await proxy[way]()
    await until('the service is not ready', 5000, async () => !(await ready(bench)))
    const [answers, ms] = await timed(ask(bench, [memory, memory, stored, cold, '/healthz']))
    t.strictSame(answers, ['memory', 'memory', 'store', 'miss', '200'])
    t.ok(ms < 10_000, `known images took ${Math.round(ms)} ms`)
    t.strictSame(await ask(bench, [named]), ['memory'], 'presets and policies are known, too')
    t.strictSame(
      await ask(bench, [focal, focal]),
      ['store', 'store'],
      'kept only once the database has the row',
    )
    const other = `${memory}&another=spelling`
    const etag = (await bench.get(memory)).headers.get('etag')!
    t.equal((await bench.get(other, { headers: { 'if-none-match': etag } })).status, 304)
    const [unmet, unmetMs] = await timed(bench.get(kept, { headers: { 'if-none-match': '"other"' } }))
    t.equal(unmet.headers.get('darkroom-cache'), 'store', 'a conditional request needs no database')
    await bytesOf(unmet)
    t.ok(unmetMs < 10_000, `it took ${Math.round(unmetMs)} ms`)
    const [refused, refusedMs] = await timed(bench.get(strange))
    await isProblemResponse(t, refused, 'unavailable')
    t.ok(refusedMs < (way === 'cut' ? 10_000 : 20_000), `refused after ${Math.round(refusedMs)} ms`)
    if (way === 'cut') {
      await isProblemResponse(t, await bench.tryUpload(picture), 'unavailable', 'upload')
      await isProblemResponse(t, await bench.get('/readyz'), 'unavailable', 'readyz')
    }

    await proxy.restore()
    await until('the service is ready again', 15_000, () => ready(bench))
    t.strictSame(await ask(bench, [strange, memory, focal, focal]), ['miss', 'memory', 'store', 'memory'])
    await bench.upload(picture)
  })
}

const server = await sharedS3()
t.teardown(() => server?.stop())

t.test(
  'without S3 cached images are served, and the service recovers by itself',
  { skip: server ? false : 'no S3' },
  async t => {
    if (server === undefined) return
    const proxy = await openProxy(t, Number(new URL(server.endpoint).port))
    const environment = await inBucket({ ...server, endpoint: `http://127.0.0.1:${proxy.port}` })
    const { bench, memory, stored, cold } = await prepare(await build(t, environment))
    t.ok(await ready(bench))

    await proxy.cut()
    await until('the service is not ready', 5000, async () => !(await ready(bench)))
    t.strictSame(await ask(bench, [memory, '/healthz', memory]), ['memory', '200', 'memory'])
    for (const url of [stored, cold]) {
      const [response, ms] = await timed(bench.get(url))
      await isProblemResponse(t, response, 'unavailable')
      t.ok(ms < 10_000, `refused after ${Math.round(ms)} ms`)
    }
    await isProblemResponse(t, await bench.tryUpload(picture), 'unavailable', 'upload')
    const listed = (await (await bench.get('/api/v1/images')).json()) as { items: unknown[] }
    t.equal(listed.items.length, 2, 'no upload was acknowledged')

    await proxy.restore()
    await until('the service is ready again', 10_000, () => ready(bench))
    t.strictSame(await ask(bench, [stored, cold, memory]), ['store', 'miss', 'memory'])
    await bench.upload(picture)
  },
)
