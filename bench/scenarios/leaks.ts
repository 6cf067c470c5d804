import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { type Action, actions, readPicture, type WorkParts } from '../leak-work.ts'
import { createRandom } from '../random.ts'
import { keptConnections } from '../requests.ts'
import type { Row, Scenario } from '../scenario.ts'
import { type Settings, targets } from '../settings.ts'
import { slopeOf } from '../stats.ts'
import { descriptorKinds, readVitals, type Vitals } from '../vitals.ts'

/** How many clients work at the same time, and for how long between two samples, in milliseconds. */
const clients = 6
const roundMs = 15_000
/** Waiting times in milliseconds: for jobs to finish before a sample, and for a garbage collection. */
const settleMs = 3_000
const collectMs = 1_500
/** The share of the samples that do not count, because caches are still being filled. */
const warmUpShare = 0.4
/** Caches as small as they can be, so that they are full after a short time. */
const caches = { DARKROOM_MEMORY_CACHE_MB: '2', DARKROOM_SOURCE_CACHE_MB: '2' }

/** Collects garbage on a signal: a heap that was not collected says nothing about leaks. */
const collector = `import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
process.on('SIGUSR2', () => { collect(); collect() })
`

interface Sample extends Vitals {
  /** Since the start of the work. */
  readonly minutes: number
}

/** Runs mixed work for some minutes and reports how fast memory, handles and descriptors of the service grow. */
export const leaks: Scenario = async (workspace, settings) => {
  const file = join(workspace.folder, 'collector.mjs')
  await writeFile(file, collector)
  const port = await freePort()
  const service = await workspace.startService({
    ...caches,
    NODE_OPTIONS: `--import=${file}`,
    DARKROOM_METRICS_PORT: String(port),
  })
  const { pid } = service
  if (pid === undefined) throw new Error('the service has no process id')
  const picture = await readPicture(await workspace.drawTiny())
  const [first = ''] = await service.upload(workspace.pictures.slice(0, 1))
  const random = createRandom(1)
  const agent = keptConnections(clients)
  const derivative = await service.signAny(first)
  const parts: WorkParts = { service, random, agent, picture, images: [first], derivative }
  const done = new Map<string, number>()
  const sample = () => sampleOf(pid, `http://127.0.0.1:${port}/metrics`)
  const samples = await sampleAll(settings, () => workFor(roundMs, parts, done), sample)
  const kinds = [...descriptorKinds(pid)].map(([kind, count]) => `${count} ${kind}`).join(', ')
  agent.destroy()
  await service.stop()
  return outcomeOf(samples, done, kinds)
}

async function sampleAll(
  { leakMinutes }: Settings,
  work: () => Promise<void>,
  sample: () => Promise<Vitals>,
): Promise<Sample[]> {
  const samples: Sample[] = []
  const start = performance.now()
  const minutes = () => (performance.now() - start) / 60_000
  while (minutes() < leakMinutes) {
    await work()
    const vitals = await sample()
    samples.push({ ...vitals, minutes: minutes() })
    console.log(`  ${describe(samples.at(-1))}`)
  }
  return samples
}

async function sampleOf(pid: number, metricsUrl: string): Promise<Vitals> {
  await setTimeout(settleMs)
  process.kill(pid, 'SIGUSR2')
  await setTimeout(collectMs)
  return readVitals(pid, metricsUrl)
}

/** Runs random actions with all clients; counts them, and those that failed, by name. */
async function workFor(ms: number, parts: WorkParts, done: Map<string, number>): Promise<void> {
  const until = performance.now() + ms
  const list: readonly [string, Action][] = Object.entries(actions)
  const client = async () => {
    while (performance.now() < until) {
      const [name, action] = list[Math.floor(parts.random() * list.length)] ?? list[0] ?? ['', async () => {}]
      const outcome = await action(parts).then(
        () => 'actions',
        () => `failures of ${name}`,
      )
      done.set(outcome, (done.get(outcome) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
}

function outcomeOf(samples: readonly Sample[], done: ReadonlyMap<string, number>, kinds: string) {
  const counted = samples.slice(Math.floor(samples.length * warmUpShare))
  const row = (what: string, limit: number, of: (sample: Sample) => number): Row => {
    const values = counted.map(of)
    const { slope, error } = slopeOf(
      counted.map(({ minutes }) => minutes),
      values,
    )
    const [from = Number.NaN, to = Number.NaN] = [values[0], values.at(-1)]
    const range = `${from.toFixed(1)} → ${to.toFixed(1)}, ± ${(2 * error).toFixed(2)}`
    return { what: `${what} (${range})`, darkroom: slope, limit: Math.max(limit, 2 * error) }
  }
  const { rss, heap, count } = targets.leaks
  const work = [...done].map(([name, number]) => `${number} ${name}`)
  return {
    title: `Growth per minute in ${counted.length} samples of mixed work, after the caches are full`,
    rows: [
      row('resident, MB', rss, sample => sample.rss),
      row('resident of children, MB', rss, sample => sample.childRss),
      row('heap, MB', heap, sample => sample.heap),
      row('external, MB', rss, sample => sample.external),
      row('active resources', count, sample => sample.resources),
      row('active handles', count, sample => sample.handles),
      row('descriptors', count, sample => sample.descriptors),
    ],
    notes: [
      'in parentheses: first → last sample, ± two standard errors of the growth',
      work.join(', '),
      `descriptors at the end: ${kinds}`,
    ],
  }
}

function describe(sample: Sample | undefined): string {
  if (sample === undefined) return ''
  const { minutes, rss, childRss, heap, external, resources, handles, descriptors, children } = sample
  return `${minutes.toFixed(1)} min: resident ${rss.toFixed(0)} + ${childRss.toFixed(0)} MB of ${children} children, heap ${heap.toFixed(1)}, external ${external.toFixed(1)}, ${resources} resources, ${handles} handles, ${descriptors} descriptors`
}
