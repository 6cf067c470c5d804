import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { type OnceSupply, requestOnce } from '../generators/once.ts'
import { sentHeaders } from '../hit-report.ts'
import { allJobs } from '../jobs.ts'
import type { LoadedServer } from '../load.ts'
import { serverCpuMs, untilIdle } from '../process-usage.ts'
import { createRandom, shuffled } from '../random.ts'
import { fetchOne, forEach, keptConnections } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import type { Service } from '../service.ts'
import { medians, type Pair, ratios } from '../stats.ts'
import { withComment } from '../unique-jpeg.ts'
import type { Workspace } from '../workspace.ts'

/** Memory cache in MiB: enough for the derivatives in demand, too little for the others. */
const memory = { DARKROOM_MEMORY_CACHE_MB: '1' }
const hot = 40
const shares = { store: 0.08, cold: 0.02 }
const connections = 32
/** Time between two uploads, in milliseconds. */
const uploadMs = 1_000
/** Qualities of cold derivatives: each round has its own. */
const quality = { first: 60, stored: 80 }

interface Round extends OnceSupply {
  readonly perSecond: number
  readonly cpuMicros: number
}

/** The requests of all rounds. Each path is known to both servers. */
interface Site {
  readonly hits: readonly string[]
  readonly stored: readonly string[]
  readonly cold: Readonly<Record<string, { readonly picture: string; readonly width: number }>>
}

/** Requests as a site has them: most from memory, some from the store, a few new ones, with uploads behind them. */
export const mix: Scenario = async (workspace, { mixPairs, mixRequests }) => {
  const renderer = await workspace.startService()
  const coldCount = Math.round(mixRequests * shares.cold) * (mixPairs + 1)
  const site = await prepare(workspace, renderer, coldCount)
  await renderer.stop()
  const service = await workspace.startService(memory)
  const agent = keptConnections(8)
  const answers = await forEach(site.hits, 8, path => fetchOne(service.origin + path, agent))
  agent.destroy()
  const bare = await startBare(workspace, site, sentHeaders(answers[0]?.headers ?? {}))
  const photo = await readFile(await workspace.drawTiny())
  await untilIdle(service.pid)

  const rounds: Pair<Round>[] = []
  const requests = requestsOf(site, mixRequests, mixPairs + 1)
  // the first round is a warm-up
  for (const [index, paths] of requests.entries()) {
    const darkroom = await withUploads(service, photo, index, () => runRound(service, paths))
    const baseline = await runRound(bare, paths)
    if (index > 0) rounds.push({ darkroom, baseline })
  }
  await Promise.all([service.stop(), bare.stop()])
  return outcomeOf(rounds, mixRequests)
}

function outcomeOf(rounds: readonly Pair<Round>[], count: number) {
  const row = (what: string, of: (round: Round) => number) => ({
    what,
    ...medians(rounds, of),
    ratios: ratios(rounds, of),
  })
  const shareOf = (of: (round: Round) => number) =>
    `${((100 * medians(rounds, of).darkroom) / count).toFixed(1)} %`
  return {
    title: 'A mix as a site has it, with uploads behind it, compared with node:http, fs.readFile and sharp',
    rows: [
      row('server CPU µs/request', round => round.cpuMicros),
      row('requests/s', round => round.perSecond),
      row('p50 ms', round => round.p50),
      row('p99 ms', round => round.p99),
    ],
    notes: [
      `from the store ${shareOf(round => round.stores)}, rendered ${shareOf(round => round.misses)}, the others from memory`,
      `an upload every ${uploadMs / 1000} s, whose processing counts as the service's CPU time; the baseline has no uploads`,
    ],
  }
}

/** Renders and stores the derivatives, and signs the paths of the cold ones. */
async function prepare(workspace: Workspace, service: Service, coldCount: number): Promise<Site> {
  const { pictures } = workspace
  const imageIds = await service.upload(pictures)
  const jobs = shuffled(allJobs(pictures.length), createRandom(4))
  const signed = await forEach(imageIds, 1, id => service.signAny(id))
  const paths = jobs.map(({ picture, width }) => signed[picture]?.(width, quality.stored) ?? '')
  const agent = keptConnections(8)
  await forEach(paths, 8, path => fetchOne(service.origin + path, agent))
  agent.destroy()
  const cold = Array.from({ length: coldCount }, (_, index) => {
    const { picture, width } = jobs[index % jobs.length] ?? { picture: 0, width: 300 }
    const path = signed[picture]?.(width, quality.first + Math.floor(index / jobs.length)) ?? ''
    return [path, { picture: pictures[picture] ?? '', width }] as const
  })
  return { hits: paths.slice(0, hot), stored: paths.slice(hot), cold: Object.fromEntries(cold) }
}

/** The bare server holds the same files that the service has stored. */
async function startBare(workspace: Workspace, site: Site, headers: Record<string, string>) {
  const files = await workspace.storedFiles()
  const fileOf = (path: string) => [path, files.get(path.replace(/\?.*/, '')) ?? ''] as const
  return workspace.startMixedServer({
    headers,
    held: Object.fromEntries(site.hits.map(fileOf)),
    stored: Object.fromEntries(site.stored.map(fileOf)),
    rendered: site.cold,
  })
}

/** The paths of each round in random order. Stored derivatives are requested in turn, cold ones once. */
function requestsOf({ hits, stored, cold }: Site, count: number, rounds: number): string[][] {
  const fresh = Object.keys(cold).values()
  const [storeCount, coldCount] = [Math.round(count * shares.store), Math.round(count * shares.cold)]
  return Array.from({ length: rounds }, (_, round) => {
    const fromStore = Array.from({ length: storeCount }, (_, index) => at(stored, round * storeCount + index))
    const unseen = Array.from({ length: coldCount }, () => fresh.next().value ?? '')
    const known = Array.from({ length: count - storeCount - coldCount }, (_, index) => at(hits, index))
    return shuffled([...fromStore, ...unseen, ...known], createRandom(round))
  })
}

const at = (paths: readonly string[], index: number) => paths[index % paths.length] ?? ''

/** Uploads new files while the requests run. */
async function withUploads<T>(
  service: Service,
  photo: Buffer,
  round: number,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const uploads = (async () => {
    for (let count = 0; !over.signal.aborted; count++) {
      await service.uploadOne(withComment(photo, `mix ${round} ${count}`), 'mix.jpg')
      await setTimeout(uploadMs, undefined, { signal: over.signal }).catch(() => {})
    }
  })()
  try {
    return await work()
  } finally {
    over.abort()
    await uploads
  }
}

async function runRound({ origin, pid }: LoadedServer, paths: readonly string[]): Promise<Round> {
  const before = serverCpuMs(pid)
  const supply = await requestOnce({ origin, paths, connections })
  const cpuMicros = ((serverCpuMs(pid) - before) * 1000) / paths.length
  return { ...supply, perSecond: (paths.length / supply.ms) * 1000, cpuMicros }
}
