import type { ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { PicturesQuestion, WorkAnswer, WorkQuestion } from '../baselines/messages.ts'
import { allJobs } from '../jobs.ts'
import { cpuMs } from '../process-usage.ts'
import { ask } from '../processes.ts'
import { createRandom, shuffled } from '../random.ts'
import { fetchOne, forEach, keptConnections } from '../requests.ts'
import type { Outcome, Row, Scenario } from '../scenario.ts'
import type { Job, Service } from '../service.ts'
import { targets } from '../settings.ts'
import { medians, type Pair, ratios } from '../stats.ts'
import type { Workspace } from '../workspace.ts'

type Format = WorkQuestion['format']
const formats: readonly Format[] = ['jpg', 'webp', 'avif']

const cores = availableParallelism()
/** Timeout for derivatives to reach the store, and extra time for their database rows, in milliseconds. */
const storedMs = 30_000
const rowsMs = 300

/** Results of one round on one side. */
interface Round {
  readonly perSecond: number
  readonly bytes: number
  /** CPU milliseconds of the process per derivative. */
  readonly cpu: number
}

/** The two sides: the service over HTTP, and a loop of the same sharp calls. */
interface Sides {
  readonly workspace: Workspace
  readonly service: Service
  readonly imageIds: readonly string[]
  readonly loop: ChildProcess
  /** How many derivatives the store holds once all pending writes are done. */
  stored: number
}

/** Renders derivatives that no earlier request has cached. */
export const cold: Scenario = async (workspace, settings) => {
  const service = await workspace.startService()
  const imageIds = await service.upload(workspace.pictures)
  const loop = workspace.startSharpLoop()
  await ask<PicturesQuestion, object>(loop, { pictures: workspace.pictures })
  const sides: Sides = { workspace, service, imageIds, loop, stored: (await workspace.storedFiles()).size }
  const jobs = shuffled(allJobs(workspace.pictures.length), createRandom(3))
  const outcomes: Pick<Outcome, 'rows' | 'notes'>[] = []
  for (const format of formats) {
    // fewer photographs yield fewer derivatives, and each may be requested only once
    const perRound = Math.min(settings.coldJobs[format], Math.floor(jobs.length / (settings.coldPairs + 1)))
    outcomes.push(await runFormat(sides, format, jobs, { pairs: settings.coldPairs, perRound }))
  }
  await Promise.all([service.stop(), workspace.stop(loop)])
  return {
    title: `Cold renderings to 300–600 px, ${cores} at once, compared with a loop of the same sharp calls`,
    rows: outcomes.flatMap(({ rows }) => rows),
    notes: outcomes.flatMap(({ notes }) => notes),
  }
}

async function runFormat(
  sides: Sides,
  format: Format,
  jobs: readonly Job[],
  { pairs, perRound }: { pairs: number; perRound: number },
): Promise<Pick<Outcome, 'rows' | 'notes'>> {
  const rounds: Pair<Round>[] = []
  // the first round is a warm-up and does not count
  for (let round = 0; round <= pairs; round++) {
    const share = jobs.slice(round * perRound, (round + 1) * perRound)
    const darkroom = await runService(sides, format, share)
    const baseline = await runLoop(sides, format, share)
    if (round > 0) rounds.push({ darkroom, baseline })
  }
  return report(format, rounds)
}

function report(format: Format, rounds: readonly Pair<Round>[]): Pick<Outcome, 'rows' | 'notes'> {
  const rows: Row[] = [
    {
      what: `${format} derivatives/s`,
      ...medians(rounds, round => round.perSecond),
      ratios: ratios(rounds, round => round.perSecond),
      ...(format === 'jpg' ? { target: targets.coldJpeg } : {}),
    },
    {
      what: `${format} CPU ms/derivative`,
      ...medians(rounds, round => round.cpu),
      ratios: ratios(rounds, round => round.cpu),
    },
  ]
  const bytes = medians(rounds, round => round.bytes)
  const same = Math.abs(bytes.darkroom / bytes.baseline - 1) < 0.01
  const notes = same
    ? []
    : [`${format}: outputs differ by over 1 %, ${bytes.darkroom} and ${bytes.baseline} bytes`]
  return { rows, notes }
}

/** Keeps twice as many requests in flight as there are cores, so that no core waits for the next one. */
async function runService(sides: Sides, format: Format, jobs: readonly Job[]): Promise<Round> {
  const { service, imageIds } = sides
  const paths = await service.sign(imageIds, jobs, format)
  const agent = keptConnections(2 * cores)
  const cpuBefore = cpuMs(service.pid)
  const begun = performance.now()
  const answers = await forEach(paths, 2 * cores, path => fetchOne(service.origin + path, agent))
  const ms = performance.now() - begun
  agent.destroy()
  const misses = answers.filter(({ headers }) => headers['darkroom-cache'] === 'miss').length
  if (misses < jobs.length) throw new Error(`only ${misses} of ${jobs.length} requests were cache misses`)
  sides.stored += jobs.length
  await untilStored(sides)
  const bytes = answers.reduce((sum, { body }) => sum + body.length, 0)
  return { perSecond: (jobs.length / ms) * 1000, bytes, cpu: (cpuMs(service.pid) - cpuBefore) / jobs.length }
}

async function runLoop({ loop }: Sides, format: Format, jobs: readonly Job[]): Promise<Round> {
  const cpuBefore = cpuMs(loop.pid)
  const { ms, bytes } = await ask<WorkQuestion, WorkAnswer>(loop, { jobs, format, concurrency: cores })
  return { perSecond: (jobs.length / ms) * 1000, bytes, cpu: (cpuMs(loop.pid) - cpuBefore) / jobs.length }
}

/** Waits until the service has written its derivatives, so that the writes do not slow the other side down. */
async function untilStored({ workspace, stored }: Sides): Promise<void> {
  const deadline = Date.now() + storedMs
  while ((await workspace.storedFiles()).size < stored) {
    if (Date.now() > deadline) throw new Error('derivatives did not reach the store')
    await setTimeout(50)
  }
  await setTimeout(rowsMs)
}
