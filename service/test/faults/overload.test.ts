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

/** Lets no render read its original before `open` is called, so that no slot of the engine becomes free. */
function holdOriginals({ app: { store } }: Bench): { open(): void } {
  const held = new Gate()
  const read = store.read.bind(store)
  store.read = async (key, options) => {
    if (key.startsWith('raw/')) await held.opened
    return read(key, options)
  }
  return held
}

class Gate {
  open = () => {}
  readonly opened = new Promise<void>(resolve => {
    this.open = resolve
  })
}

t.test('requests beyond the queue limit get 503 with Retry-After, and the others are served', async t => {
  const bench = await build(t, {
    DARKROOM_CONCURRENCY: '1',
    DARKROOM_QUEUE_LIMIT: '3',
    // so long that only the queue limit rejects requests, even on a slow machine
    DARKROOM_QUEUE_WAIT_MS: '30000',
  })
  const urls = await slowUrls(bench, 12)
  await idle(bench)
  const originals = holdOriginals(bench)
  const answered: { url: string; response: Response }[] = []
  const all = urls.map(async url => {
    answered.push({ url, response: await bench.get(url) })
  })
  await until('eight requests are refused before any work is done', 30_000, () => answered.length === 8)
  originals.open()
  await Promise.all(all)
  const [shed, served] = [answered.slice(0, 8), answered.slice(8)]
  for (const { response } of shed) await isProblemResponse(t, response, 'overloaded')
  t.strictSame(
    served.map(({ response }) => response.status),
    [200, 200, 200, 200],
  )
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
  const originals = holdOriginals(bench)
  let done = 0
  const all = storm.map(async url => {
    await bytesOf(await bench.get(url))
    done++
  })
  const waits = (count: number) => () => bench.app.engine.load.waiting >= count
  await until('the requests are queued', 30_000, waits(8))
  const queued = bench.app.engine.load.waiting
  const calmed = bench.get(calm!).then(bytesOf)
  await until('that of the other tenant, too', 30_000, waits(queued + 1))
  originals.open()
  await calmed
  t.ok(done <= 5, `${done} of the other tenant's requests were served before it`)
  await Promise.all(all)
})

t.test('cached images are served while the engine is busy', async t => {
  const bench = await build(t, { DARKROOM_CONCURRENCY: '1', DARKROOM_QUEUE_LIMIT: '5' })
  // of another image, whose original is not in memory
  const [[first], others] = [await slowUrls(bench, 1), await slowUrls(bench, 5)]
  await bytesOf(await bench.get(first!))
  const originals = holdOriginals(bench)
  const busy = others.map(async url => bytesOf(await bench.get(url)))
  await until('the engine is busy', 30_000, () => bench.app.engine.load.waiting >= 2)
  for (let round = 0; round < 20; round++) {
    const response = await bench.get(first!)
    t.equal(response.headers.get('darkroom-cache'), 'memory')
    await bytesOf(response)
  }
  t.ok(bench.app.engine.load.waiting >= 2, 'it was busy all the time')
  originals.open()
  await Promise.all(busy)
})
