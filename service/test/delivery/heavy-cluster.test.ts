import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import t from 'tap'
import { buildCluster, countDevelopments } from '../support/cluster.ts'
import { photo } from '../support/pictures.ts'
import { sharedNats } from '../support/services/nats.ts'
import { bytesOf, type Session } from '../support/session.ts'
import { until } from '../support/until.ts'

/** Everything is heavy: so small pictures do. */
const heavy = { DARKROOM_HEAVY_COST_MS: '0' }
const picture = await photo(600, 400).png().toBuffer()
const large = await photo(2400, 1600).jpeg({ quality: 90 }).toBuffer()
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

/** Two http processes and two workers; a session with the first, and how often each derivative was developed. */
async function startProcesses() {
  const cluster = await buildCluster(t, nats, heavy)
  const one = await cluster.http()
  const [two, doomed, worker] = await Promise.all([cluster.http(), cluster.worker(), cluster.worker()])
  const session = await cluster.session(one)
  const developments = await countDevelopments(cluster.database)
  return { cluster, one, two, doomed, worker, session, developments, image: await session.upload(picture) }
}

const processes = server ? await startProcesses() : undefined

t.test('a cold heavy derivative asked of two processes at once is developed once', { skip }, async t => {
  if (processes === undefined) return
  const { one, two, session, developments, image } = processes
  const path = await sign(session, image.id, 90)
  const places = [one.url, two.url, one.url, two.url]
  const answers = await Promise.all(places.map(url => fetch(url + path)))
  const tiers = answers.map(({ headers }) => headers.get('darkroom-cache')).sort()
  t.strictSame(await Promise.all(answers.map(widthOf)), [90, 90, 90, 90])
  t.strictSame(tiers, ['miss', 'shared', 'shared', 'shared'])
  await until('it is on record', 5000, async () => (await developments()).size === 1)
  t.strictSame([...(await developments()).values()], [1])
  t.equal((await fetch(two.url + path)).headers.get('darkroom-cache'), 'memory')
})

t.test('processes die, and every request that is repeated ends in its picture', { skip }, async t => {
  if (processes === undefined) return
  const { cluster, one, two, doomed, worker, session, developments, image } = processes
  const widths = Array.from({ length: 40 }, (_, index) => 101 + index)
  const paths = await Promise.all(widths.map(width => sign(session, image.id, width)))

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
  const isRecorded = (counts: Map<string, number>) =>
    widths.every(width => counts.has(`${image.id}_resize_w-${width}.webp`))
  // a row follows its object
  await until('all are on record', 20_000, async () => isRecorded(await developments()))
  const counts = await developments()
  t.ok(
    [...counts.values()].every(times => times <= 5),
    `${Math.max(...counts.values())} developments of one`,
  )

  const again = await cluster.session(two)
  const { id } = await again.upload(large)
  const last = fetch(two.url + (await sign(again, id, 1500, 'avif')))
  await until('the worker is at it', 10_000, async () =>
    /^darkroom_engine_running [1-9]/m.test(await (await fetch(`${worker.url}/metrics`)).text()),
  )
  const [ended, ms] = await timed(worker.end('SIGTERM'))
  t.match(ended, { code: 0, stderr: '' })
  t.ok(ms < 20_000, `it took ${Math.round(ms)} ms`)
  t.equal(await widthOf(await last), 1500, 'a worker that drains ends what it has in hand')
})
