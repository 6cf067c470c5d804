import { type Bench, build } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { bytesOf, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

const picture = await photo(1200, 900).png({ compressionLevel: 1 }).toBuffer()

/** Signed URLs of different derivatives that are expensive to render. */
async function slowUrls(session: Session, count: number): Promise<string[]> {
  const { id } = await session.upload(picture)
  const urls = Array.from({ length: count }, (_, index) => {
    const operations = [
      { op: 'resize', w: 320 + index },
      { op: 'encode', effort: 4 },
    ]
    return session.sign({ imageId: id, operations, format: 'avif' })
  })
  return Promise.all(urls)
}

const idle = (bench: Bench) =>
  until('nothing runs or waits', 5000, () => {
    const { running, waiting } = bench.app.engine.load
    return running === 0 && waiting === 0
  })

t.test('requests beyond the queue limit get 503 with Retry-After, and the others are served', async t => {
  const bench = await build(t, {
    DARKROOM_CONCURRENCY: '1',
    DARKROOM_QUEUE_LIMIT: '3',
    // so long that only the queue limit rejects requests, even on a slow machine
    DARKROOM_QUEUE_WAIT_MS: '30000',
  })
  const urls = await slowUrls(bench, 12)
  await idle(bench)
  const begun = performance.now()
  const responses = await Promise.all(
    urls.map(async url => {
      const response = await bench.get(url)
      return { url, response, ms: performance.now() - begun }
    }),
  )
  const shed = responses.filter(({ response }) => response.status === 503)
  const served = responses.filter(({ response }) => response.status === 200)
  t.equal(shed.length, 8)
  t.equal(served.length, 4)
  const firstServed = Math.min(...served.map(({ ms }) => ms))
  for (const { response, ms } of shed) {
    await isProblemResponse(t, response, 'overloaded')
    t.ok(ms <= firstServed + 100, `it was refused after ${Math.round(ms)} ms, not after work`)
  }
  await Promise.all(served.map(({ response }) => bytesOf(response)))
  await idle(bench)
  const later = await bench.get(shed[0]!.url)
  t.equal(later.headers.get('darkroom-cache'), 'miss', 'what was refused is served later')
  await bytesOf(later)
  const hit = await bench.get(served[0]!.url)
  t.equal(hit.headers.get('darkroom-cache'), 'memory')
})

t.test('request of one tenant does not wait for the many requests of another', async t => {
  const bench = await build(t, { DARKROOM_CONCURRENCY: '1' })
  const quiet = await bench.join('quiet@example.com')
  const storm = await slowUrls(bench, 12)
  const [calm] = await slowUrls(quiet, 1)
  await idle(bench)
  let done = 0
  const all = storm.map(async url => {
    await bytesOf(await bench.get(url))
    done++
  })
  await until('the requests are queued', 5000, () => bench.app.engine.load.waiting >= 10)
  const before = done
  await bytesOf(await bench.get(calm!))
  t.ok(done - before <= 5, `${done - before} of the other tenant's requests were served before it`)
  await Promise.all(all)
})

t.test('cached images are served while the engine is busy', async t => {
  const bench = await build(t, { DARKROOM_CONCURRENCY: '1', DARKROOM_QUEUE_LIMIT: '5' })
  const [first, ...others] = await slowUrls(bench, 6)
  await bytesOf(await bench.get(first!))
  const busy = others.map(async url => bytesOf(await bench.get(url)))
  await until('the engine is busy', 5000, () => bench.app.engine.load.waiting >= 3)
  for (let round = 0; round < 20; round++) {
    const response = await bench.get(first!)
    t.equal(response.headers.get('darkroom-cache'), 'memory')
    await bytesOf(response)
  }
  t.ok(bench.app.engine.load.running > 0, 'it was busy all the time')
  await Promise.all(busy)
})
