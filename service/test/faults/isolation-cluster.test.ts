import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { buildCluster, type Member } from '../support/cluster.ts'
import { ingested } from '../support/ingested.ts'
import { photo } from '../support/pictures.ts'
import { isProblemResponse } from '../support/problem.ts'
import { cpuSecondsOf, isRunning, renderProcessesOf, skipWithoutProc } from '../support/render-processes.ts'
import { sharedNats } from '../support/services/nats.ts'
import { bytesOf, read } from '../support/session.ts'
import t from '../support/tap.ts'
import { until } from '../support/until.ts'

/** Makes every rendering a job. */
const variables = { DARKROOM_HEAVY_COST_MS: '0', DARKROOM_ISOLATION: 'process' }
const picture = await photo(600, 400).png().toBuffer()
const large = await photo(2400, 1600).jpeg({ quality: 90 }).toBuffer()
const server = await sharedNats()
t.teardown(() => server?.stop())
const skip = skipWithoutProc || (server ? false : 'there is no NATS server')

/** One http process and one worker, which renders in child processes. */
async function startProcesses(nats: string) {
  const cluster = await buildCluster(t, nats, variables)
  const [http, worker] = [await cluster.http(), await cluster.worker()]
  const session = await cluster.session(http)
  const [small, expensive] = [await session.upload(picture), await session.upload(large)]
  // ingesting uploads uses children too
  for (const { id } of [small, expensive]) await ingested(cluster.database, id)
  const sign = (imageId: string, w: number, encode: object) => {
    const operations = [
      { op: 'resize', w },
      { op: 'encode', ...encode },
    ]
    return session.sign({ imageId, operations, format: 'webp' })
  }
  return {
    cluster,
    worker,
    session,
    sign: (w: number) => sign(small.id, w, { effort: 0 }),
    /** The URL of a derivative that takes long to render and has no stand-in. */
    signExpensive: (w: number) => sign(expensive.id, w, { near: 50 }),
  }
}

const processes = server && !skip ? await startProcesses(server.url) : undefined

/** Repeats a request until it is answered with an image. @returns its width in pixels */
async function widthAt(url: string): Promise<number> {
  for (;;) {
    const response = await fetch(url)
    if (response.status === 200) return (await sharp(await bytesOf(response)).metadata()).width
    await response.body?.cancel()
    await setTimeout(200)
  }
}

/** Waits until a child of the worker is in the middle of a long rendering. */
async function childAtWork(worker: Member): Promise<number> {
  let found = 0
  const before = new Map<number, number>()
  await until('a child is rendering', 60_000, async () => {
    for (const pid of await renderProcessesOf(worker.pid)) {
      const seconds = await cpuSecondsOf(pid).catch(() => 0)
      // CPU time from before, such as its start, does not count
      const known = before.get(pid) ?? before.set(pid, Math.max(seconds, 1)).get(pid)
      if (seconds > (known ?? 1) + 0.3) found = pid
    }
    return found > 0
  })
  return found
}

async function attemptsOf(worker: Member, outcome: string): Promise<number> {
  const text = await (await fetch(`${worker.url}/metrics`)).text()
  return Number(
    new RegExp(`^darkroom_jobs_total{.*outcome="${outcome}".*} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
  )
}

t.test('job of a child that dies is retried', { skip }, async t => {
  if (processes === undefined) return
  const { worker, signExpensive } = processes
  const asked = widthAt(await signExpensive(1200))
  process.kill(await childAtWork(worker), 'SIGKILL')
  t.equal(await asked, 1200)
  t.equal(await attemptsOf(worker, 'again'), 1)
})

t.test('job whose children all die fails, and the worker continues', { skip }, async t => {
  if (processes === undefined) return
  const { worker, session, sign, signExpensive } = processes
  const url = await signExpensive(1250)
  const asked = fetch(url)
  const killed = new Set<number>()
  const failedJobs = async () => {
    const { items } = await read<{ items: { name: string }[] }>(await session.get('/api/v1/jobs'))
    return items.filter(({ name }) => name === 'develop')
  }
  await until('the job is given up', 60_000, async () => {
    for (const pid of await renderProcessesOf(worker.pid)) {
      process.kill(pid, 'SIGKILL')
      killed.add(pid)
    }
    return (await failedJobs()).length > 0
  })
  const detail = 'the render process exited (SIGKILL)'
  t.match(await failedJobs(), [{ name: 'develop', state: 'failed', code: 'internal', attempts: 5, detail }])
  t.ok(killed.size >= 5, `${killed.size} children were killed`)
  await (await asked).body?.cancel()
  await isProblemResponse(t, await fetch(url), 'unavailable')
  t.equal(await widthAt(await sign(90)), 90)
})

t.test('worker that stops ends its children after their work', { skip }, async t => {
  if (processes === undefined) return
  const { worker, signExpensive } = processes
  const asked = widthAt(await signExpensive(1300))
  await childAtWork(worker)
  const children = await renderProcessesOf(worker.pid)
  // a terminal sends its signals to all processes
  for (const pid of children) for (const signal of ['SIGINT', 'SIGTERM']) process.kill(pid, signal)
  t.match(await worker.end('SIGTERM'), { code: 0, stderr: '' })
  t.strictSame(await stillRunning(children), [])
  t.equal(await asked, 1300)
})

async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const running = await Promise.all(pids.map(isRunning))
  return pids.filter((_, at) => running[at])
}

t.test('killed worker leaves no child behind', { skip }, async t => {
  if (processes === undefined) return
  const { cluster, signExpensive } = processes
  const worker = await cluster.worker()
  // another test covers the job
  fetch(await signExpensive(1350)).catch(() => {})
  await childAtWork(worker)
  const children = await renderProcessesOf(worker.pid)
  await worker.end('SIGKILL')
  await until('the children have ended', 10_000, async () => (await stillRunning(children)).length === 0)
  t.strictSame(await stillRunning(children), [])
})
