import { setTimeout } from 'node:timers/promises'
import { type Answer, fetchOne, forEach, keptConnections } from '../requests.ts'
import type { Row, Scenario } from '../scenario.ts'
import type { Service } from '../service.ts'
import { type Settings, targets } from '../settings.ts'
import { median } from '../stats.ts'

/** Width in pixels of the smallest derivative. It costs next to nothing to render. */
const smallest = 16
/** The number of concurrent requests while the job rate is measured. */
const inFlight = 32
/** The number of first pairs that are discarded, because a process is slower at first. */
const warmUps = 10
/** Pauses in milliseconds, in which background work finishes: after an upload, and after a response. */
const settleMs = 4_000
const quietMs = 25

/** Two `http` processes on the same data: one enqueues all renders for workers, the other renders itself. */
interface Sides {
  readonly enqueuing: Service
  readonly rendering: Service
  /** Uploads a copy of the original, which has no derivatives yet. @returns its id */
  readonly copy: () => Promise<string>
}

/** Measures the overhead of a job: a worker renders tiny derivatives through NATS, or the http process does. */
export const jobs: Scenario = async (workspace, settings) => {
  const title = 'Jobs through NATS: tiny derivatives rendered by a worker, and by the http process'
  const nats = await workspace.startNats()
  if (nats === undefined) return { title, rows: [], notes: ['skipped: nats-server is not installed'] }
  const asHttp = { NATS_URL: nats.url, DARKROOM_ROLE: 'http' }
  const enqueuing = await workspace.startService({ ...asHttp, DARKROOM_HEAVY_COST_MS: '0' })
  const rendering = await workspace.startService(asHttp)
  const tiny = await workspace.drawTiny()
  const sides: Sides = { enqueuing, rendering, copy: async () => (await enqueuing.upload([tiny]))[0] ?? '' }

  const workers = [await workspace.startWorker({ NATS_URL: nats.url })]
  const rows = await measureOverhead(sides, settings)
  rows.push(await measureRate(sides, settings, '1 worker'))
  workers.push(await workspace.startWorker({ NATS_URL: nats.url }))
  rows.push(await measureRate(sides, settings, '2 workers'))
  await Promise.all([...workers, enqueuing, rendering].map(service => service.stop()))
  await nats.stop()
  return { title, rows, notes: ['all processes, the queue, the store and the load share this machine'] }
}

/** Measures one request at a time, alternating between the sides, so that no request queues. */
async function measureOverhead(
  { enqueuing, rendering, copy }: Sides,
  { jobPairs }: Settings,
): Promise<Row[]> {
  const agent = keptConnections(1)
  const count = jobPairs + warmUps
  const byWorker = await pathsOf(enqueuing, await copy(), count)
  const here = await pathsOf(enqueuing, await copy(), count)
  await setTimeout(settleMs)
  const pairs: { darkroom: number; baseline: number }[] = []
  for (const [index, path] of byWorker.entries()) {
    const darkroom = missed(await fetchOne(enqueuing.origin + path, agent)).ms
    await setTimeout(quietMs)
    const baseline = missed(await fetchOne(rendering.origin + here[index], agent)).ms
    await setTimeout(quietMs)
    if (index >= warmUps) pairs.push({ darkroom, baseline })
  }
  agent.destroy()
  const [darkroom, baseline] = [
    median(pairs.map(pair => pair.darkroom)),
    median(pairs.map(pair => pair.baseline)),
  ]
  return [
    { what: 'ms per derivative', darkroom, baseline },
    { what: 'ms of overhead per job', darkroom: darkroom - baseline, limit: targets.jobOverheadMs },
  ]
}

/** Measures the rate with concurrent requests, on both sides in turn. */
async function measureRate(sides: Sides, { jobs, jobRounds }: Settings, who: string): Promise<Row> {
  const rounds: { darkroom: number; baseline: number }[] = []
  for (let round = 0; round < jobRounds; round++) {
    const [byWorkers, here] = [await sides.copy(), await sides.copy()]
    await setTimeout(settleMs)
    const darkroom = await runMany(sides.enqueuing, byWorkers, jobs)
    rounds.push({ darkroom, baseline: await runMany(sides.rendering, here, jobs) })
  }
  return {
    what: `derivatives/s, ${who}`,
    darkroom: median(rounds.map(round => round.darkroom)),
    baseline: median(rounds.map(round => round.baseline)),
    ratios: rounds.map(round => round.darkroom / round.baseline),
  }
}

/** @returns the number of responses per second */
async function runMany(service: Service, imageId: string, count: number): Promise<number> {
  const paths = await pathsOf(service, imageId, count)
  const agent = keptConnections(inFlight)
  const begun = performance.now()
  const answers = await forEach(paths, inFlight, path => fetchOne(service.origin + path, agent))
  const ms = performance.now() - begun
  agent.destroy()
  answers.forEach(missed)
  return (count / ms) * 1000
}

function pathsOf(service: Service, imageId: string, count: number): Promise<string[]> {
  const wanted = Array.from({ length: count }, (_, index) => ({ picture: 0, width: smallest + index }))
  return service.sign([imageId], wanted, 'jpg')
}

/** Returns the answer. @throws Error when it was not rendered for this request */
function missed(answer: Answer): Answer {
  const tier = answer.headers['darkroom-cache']
  if (tier !== 'miss') throw new Error(`cache status is ${tier}, expected miss`)
  return answer
}
