import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import t from 'tap'
import { build } from './build.ts'
import { buildCluster, countDevelopments } from './cluster.ts'
import { photo } from './pictures.ts'
import { isProblemResponse } from './problem.ts'
import { run } from './program.ts'
import { sharedNats, startOwnNats } from './services/nats.ts'
import { bytesOf, read, type Session } from './session.ts'
import { until } from './until.ts'

/** Everything is heavy: so small pictures do. */
const heavy = { DARKROOM_HEAVY_COST_MS: '0' }
const picture = await photo(600, 400).png().toBuffer()
const large = await photo(2400, 1600).jpeg({ quality: 90 }).toBuffer()
const drawing = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><circle cx="150" cy="100" r="80" fill="#c33"/></svg>',
)
const server = await sharedNats()
t.teardown(() => server?.stop())
const skip = server ? false : 'there is no NATS server'
const nats = server?.url ?? ''

/** A signed path, which every process answers. */
async function sign(session: Session, imageId: string, width: number, format = 'webp'): Promise<string> {
  const operations = [{ op: 'resize', w: width }]
  const url = new URL(await session.sign({ imageId, operations, format }))
  return url.pathname + url.search
}

async function widthOf(response: Response): Promise<number> {
  return (await sharp(await bytesOf(response)).metadata()).width
}

async function timed<T>(work: Promise<T>): Promise<[T, ms: number]> {
  const begun = performance.now()
  return [await work, performance.now() - begun]
}

t.test('a cold heavy derivative asked of two processes at once is developed once', { skip }, async t => {
  const cluster = await buildCluster(t, nats, heavy)
  const one = await cluster.http()
  const [two] = await Promise.all([cluster.http(), cluster.worker(), cluster.worker()])
  const session = await cluster.session(one)
  const developments = await countDevelopments(cluster.database)
  const { id } = await session.upload(picture)
  const path = await sign(session, id, 120)
  const places = [one.url, two.url, one.url, two.url]
  const answers = await Promise.all(places.map(url => fetch(url + path)))
  const tiers = answers.map(({ headers }) => headers.get('darkroom-cache')).sort()
  t.strictSame(await Promise.all(answers.map(widthOf)), [120, 120, 120, 120])
  t.strictSame(tiers, ['miss', 'shared', 'shared', 'shared'])
  await until('it is on record', 5000, async () => (await developments()).size === 1)
  t.strictSame([...(await developments()).values()], [1])
  t.equal((await fetch(two.url + path)).headers.get('darkroom-cache'), 'memory')
})

t.test('processes die, and every request that is repeated ends in its picture', { skip }, async t => {
  const cluster = await buildCluster(t, nats, heavy)
  const one = await cluster.http()
  const [two, doomed, worker] = await Promise.all([cluster.http(), cluster.worker(), cluster.worker()])
  const session = await cluster.session(one)
  const developments = await countDevelopments(cluster.database)
  const { id } = await session.upload(picture)
  const widths = Array.from({ length: 40 }, (_, index) => 101 + index)
  const paths = await Promise.all(widths.map(width => sign(session, id, width)))

  let answered = 0
  const askUntilServed = async (path: string, index: number) => {
    for (let attempt = index; ; attempt++) {
      const { url } = attempt % 2 === 0 ? one : two
      const response = await fetch(url + path).catch(() => undefined)
      // a connection that breaks half-way ends in an error, never in half a picture
      const width = response?.status === 200 ? await widthOf(response).catch(() => undefined) : undefined
      if (width !== undefined) {
        answered++
        return width
      }
      await response?.body?.cancel().catch(() => {})
      await setTimeout(200)
    }
  }
  const asking = Promise.all(paths.map(askUntilServed))
  await until('some are answered', 20_000, () => answered >= 5)
  await Promise.all([one.end('SIGKILL'), doomed.end('SIGKILL')])
  t.ok(answered < 40, `there was work left after ${answered}`)
  t.strictSame(await asking, widths)
  const counts = await developments()
  await until('all are on record', 5000, async () => (await developments()).size === 40)
  t.ok(
    [...counts.values()].every(times => times <= 4),
    `${Math.max(...counts.values())} developments of one`,
  )

  const again = await cluster.session(two)
  const image = await again.upload(large)
  const last = fetch(two.url + (await sign(again, image.id, 1500, 'avif')))
  await until('the worker is at it', 10_000, async () =>
    /^darkroom_engine_running [1-9]/m.test(await (await fetch(`${worker.url}/metrics`)).text()),
  )
  const [ended, ms] = await timed(worker.end('SIGTERM'))
  t.match(ended, { code: 0, stderr: '' })
  t.ok(ms < 20_000, `it took ${Math.round(ms)} ms`)
  t.equal(await widthOf(await last), 1500, 'a worker that drains ends what it has in hand')
})

t.test(
  'without NATS heavy work is refused at once, light work goes on, and it recovers by itself',
  async t => {
    const own = await startOwnNats()
    if (own === undefined) return
    t.teardown(() => own.stop())
    const bench = await build(t, { NATS_URL: own.url })
    const [light, drawn] = [await bench.upload(picture), await bench.upload(drawing)]
    const lightUrl = (w: number) =>
      bench.sign({ imageId: light.id, operations: [{ op: 'resize', w }], format: 'jpg' })
    const heavyUrl = (w: number) =>
      bench.sign({ imageId: drawn.id, operations: [{ op: 'resize', w }], format: 'png' })
    t.equal(await widthOf(await bench.get(await heavyUrl(50))), 50)
    await until('it was a job', 5000, async () => (await bench.metric('darkroom_jobs_total')) === 1)
    t.equal(await widthOf(await bench.get(await lightUrl(50))), 50)
    t.equal(await bench.metric('darkroom_jobs_total'), 1, 'light work is no job')

    await own.kill()
    const refused = await heavyUrl(60)
    for (let round = 0; round < 3; round++) {
      const [response, ms] = await timed(bench.get(refused))
      await isProblemResponse(t, response, 'unavailable')
      t.ok(ms < 1200, `refused after ${Math.round(ms)} ms`)
    }
    const [answer, ms] = await timed(bench.get(await lightUrl(60)))
    t.equal(await widthOf(answer), 60)
    t.ok(ms < 1000, `light work took ${Math.round(ms)} ms`)
    t.equal((await bench.get('/readyz')).status, 503)

    await own.resume()
    await until('heavy work is done again', 15_000, async () => {
      const response = await bench.get(refused)
      if (response.status === 200) return (await widthOf(response)) === 60
      await response.body?.cancel()
      return false
    })
  },
)

t.test('a broken picture fails once, is listed, and can be tried again', async t => {
  const first = await build(t, heavy)
  const { id } = await first.upload(picture)
  const original = join(first.environment.DARKROOM_DATA_DIR!, 'objects/raw', first.userId, `${id}-orig.png`)
  await writeFile(original, Buffer.concat([picture.subarray(0, 200), Buffer.alloc(picture.length - 200)]))
  const url = await first.sign({ imageId: id, operations: [{ op: 'resize', w: 70 }], format: 'webp' })
  for (let round = 0; round < 3; round++) {
    await isProblemResponse(t, await first.get(url), 'undecodable', `request ${round + 1}`)
  }
  t.equal(await first.metric('darkroom_jobs_total'), 1, 'it was tried once')

  const { items } = await read<{ items: Record<string, unknown>[] }>(await first.get('/api/v1/jobs'))
  const expected = { name: 'develop', state: 'failed', imageId: id, code: 'undecodable', attempts: 1 }
  t.match(items, [expected])
  const retry = `/api/v1/jobs/${items[0]!.id}/retry`
  const other = await first.join('other@example.com')
  t.strictSame((await read<{ items: unknown[] }>(await other.get('/api/v1/jobs'))).items, [])
  await isProblemResponse(t, await other.get(retry, { method: 'POST' }), 'not-found')

  await writeFile(original, picture)
  const bench = await first.restart()
  await isProblemResponse(t, await bench.get(url), 'undecodable', 'the record outlives the process')
  t.equal((await bench.get(retry, { method: 'POST' })).status, 202)
  t.equal(await widthOf(await bench.get(url)), 70)
  t.strictSame((await read<{ items: unknown[] }>(await bench.get('/api/v1/jobs'))).items, [])
})

t.test('a wait that is over ends in 503 while the work goes on', async t => {
  const bench = await build(t, { ...heavy, DARKROOM_HEAVY_WAIT_MS: '1' })
  const { id } = await bench.upload(large)
  const operations = [
    { op: 'resize', w: 1500 },
    { op: 'encode', effort: 5 },
  ]
  const url = await bench.sign({ imageId: id, operations, format: 'avif' })
  await isProblemResponse(t, await bench.get(url), 'overloaded')
  await until('it is done', 20_000, async () => (await bench.metric('darkroom_jobs_total')) === 1)
  const response = await bench.get(url)
  t.match(response.headers.get('darkroom-cache'), /memory|store/)
  t.equal(await widthOf(response), 1500)
})

t.test('a role of its own needs NATS', async t => {
  for (const role of ['http', 'worker']) {
    const ended = await run(['serve'], { DARKROOM_ROLE: role, LOG_LEVEL: 'warn' })
    t.match(ended, { code: 1, stderr: /^darkroom serve: NATS_URL: is needed when DARKROOM_ROLE is .*\n$/ })
  }
})
