import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { buildCluster, countRenders } from '../support/cluster.ts'
import { photo } from '../support/pictures.ts'
import { sharedNats } from '../support/services/nats.ts'
import { bytesOf, type Session } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

/** Makes every render heavy, so that small images are enough. */
const heavy = { DARKROOM_HEAVY_COST_MS: '0' }
const picture = await photo(600, 400).png().toBuffer()
const large = await photo(2400, 1600).jpeg({ quality: 90 }).toBuffer()
const server = await sharedNats()
t.teardown(() => server?.stop())
const skip = server ? false : 'there is no NATS server'
const nats = server?.url ?? ''

/** A signed path, which is valid at every process. */
async function sign(session: Session, imageId: string, width: number, format = 'webp'): Promise<string> {
  const operations = [{ op: 'resize', w: width }]
  const url = new URL(await session.sign({ imageId, operations, format }))
  return url.pathname + url.search
}

async function widthOf(response: Response): Promise<number> {
  return (await sharp(await bytesOf(response)).metadata()).width
}

async function timed<T>(work: Promise<T>): Promise<[T, ms: number]> {
  const startedAt = performance.now()
  return [await work, performance.now() - startedAt]
}

/** Two http processes and two workers, a session with the first, and the number of renders of each derivative. */
async function startProcesses() {
  const cluster = await buildCluster(t, nats, heavy)
  const one = await cluster.http()
  const [two, doomed, worker] = await Promise.all([cluster.http(), cluster.worker(), cluster.worker()])
  const session = await cluster.session(one)
  const renders = await countRenders(cluster.database)
  return { cluster, one, two, doomed, worker, session, renders, image: await session.upload(picture) }
}

const processes = server ? await startProcesses() : undefined

t.test('a cold heavy derivative requested from two processes at once is rendered once', { skip }, async t => {
  if (processes === undefined) return
  const { one, two, session, renders, image } = processes
  const path = await sign(session, image.id, 90)
  const places = [one.url, two.url, one.url, two.url]
  const answers = await Promise.all(places.map(url => fetch(url + path)))
  const tiers = answers.map(({ headers }) => headers.get('darkroom-cache')).sort()
  t.strictSame(await Promise.all(answers.map(widthOf)), [90, 90, 90, 90])
  t.strictSame(tiers, ['miss', 'shared', 'shared', 'shared'])
  await until('it has a row', 5000, async () => (await renders()).size === 1)
  t.strictSame([...(await renders()).values()], [1])
  t.equal((await fetch(two.url + path)).headers.get('darkroom-cache'), 'memory')
})

t.test('requests that are retried get their image although processes are killed', { skip }, async t => {
  if (processes === undefined) return
  const { cluster, one, two, doomed, worker, session, renders, image } = processes
  const widths = Array.from({ length: 40 }, (_, index) => 101 + index)
  const paths = await Promise.all(widths.map(width => sign(session, image.id, width)))

  let answered = 0
  const requestUntilServed = async (path: string, index: number) => {
    for (let attempt = index; ; attempt++) {
      const { url } = attempt % 2 === 0 ? one : two
      const response = await fetch(url + path).catch(() => undefined)
      // a connection that breaks off ends in an error, never in half an image
      const width = response?.status === 200 ? await widthOf(response).catch(() => undefined) : undefined
      if (width !== undefined) {
        answered++
        return width
      }
      await response?.body?.cancel().catch(() => {})
      await setTimeout(200)
    }
  }
  const requesting = Promise.all(paths.map(requestUntilServed))
  await until('some requests have their image', 20_000, () => answered >= 5)
  await Promise.all([one.end('SIGKILL'), doomed.end('SIGKILL')])
  t.ok(answered < 40, `work is left after ${answered} responses`)
  t.strictSame(await requesting, widths)
  // a row is inserted after its object is stored; of a process that is killed in between, a stray remains
  const isRecorded = async () => {
    const counts = await renders()
    const strays = await cluster.database.query<{ name: string }>(
      'select file_name as name from stray_derivatives',
    )
    const left = new Set(strays.map(({ name }) => name))
    const names = widths.map(width => `${image.id}_resize_w-${width}.webp`)
    return names.every(name => counts.has(name) || left.has(name))
  }
  await until('all have rows', 20_000, isRecorded)
  const counts = await renders()
  t.ok(
    [...counts.values()].every(times => times <= 5),
    `${Math.max(...counts.values())} renders of one derivative`,
  )

  const again = await cluster.session(two)
  const { id } = await again.upload(large)
  const last = fetch(two.url + (await sign(again, id, 1500, 'avif')))
  await until('the worker renders', 10_000, async () =>
    /^darkroom_engine_running [1-9]/m.test(await (await fetch(`${worker.url}/metrics`)).text()),
  )
  const [ended, ms] = await timed(worker.end('SIGTERM'))
  t.match(ended, { code: 0, stderr: '' })
  t.ok(ms < 60_000, `it took ${Math.round(ms)} ms`)
  t.equal(await widthOf(await last), 1500, 'a draining worker finishes its current job')
})
