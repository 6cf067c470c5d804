import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import t from 'tap'
import { type Bench, build } from '../support/build.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { bytesOf } from '../support/session.ts'
import { until } from '../support/until.ts'

const picture = await photo(1200, 900).png({ compressionLevel: 1 }).toBuffer()

/** Signed URLs of developments that take some hundred milliseconds each. */
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

t.test('200 requests for one cold derivative share one development', async t => {
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

t.test('whoever leaves, leaves alone: the first one, too', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  // what is made behind an upload would take turns of the engine
  await ingested(bench.app.database, id)
  const url = (await slowUrls(bench, id, 1))[0]!
  const leaving = new AbortController()
  const first = bench.get(url, { signal: leaving.signal })
  await until('the development has begun', 2000, () => bench.app.engine.load.running === 1)
  const others = Array.from({ length: 5 }, () => bench.get(url))
  await setTimeout(50)
  leaving.abort()
  await t.rejects(first, { name: 'AbortError' })
  const answered = await Promise.all(others)
  t.strictSame(
    answered.map(response => [response.status, tierOf(response)]),
    answered.map(() => [200, 'shared']),
  )
  await Promise.all(answered.map(bytesOf))
  t.equal(await bench.metric('darkroom_development_seconds_count'), 1)
})

t.test('when all leave, nothing waits any more, and the next one is served', async t => {
  const bench = await build(t, { DARKROOM_CONCURRENCY: '1' })
  const { id } = await bench.upload(picture)
  await ingested(bench.app.database, id)
  const urls = await slowUrls(bench, id, 20)
  const leaving = new AbortController()
  const requests = urls.map(url => bench.get(url, { signal: leaving.signal }))
  await until('all are in the queue', 3000, () => bench.app.engine.load.waiting === 19)
  leaving.abort()
  for (const request of requests) await t.rejects(request, { name: 'AbortError' })
  await until('the queue is empty', 5000, () => bench.app.engine.load.waiting === 0)
  const next = await bench.get(urls[19]!)
  t.equal(tierOf(next), 'miss')
  await bytesOf(next)
  const developed = await bench.metric('darkroom_development_seconds_count')
  // the one that ran, the one begun ahead of its turn, and the next
  t.ok(developed <= 3, `${developed} were developed`)
  // what is made behind an upload may have its turn meanwhile
  await until('nothing runs or waits', 10_000, () => {
    const { running, waiting } = bench.app.engine.load
    return running === 0 && waiting === 0
  })
})

t.test('an error is shared, too, and not remembered', async t => {
  const bench = await build(t)
  const { id } = await bench.upload(picture)
  const url = (await slowUrls(bench, id, 1))[0]!
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
