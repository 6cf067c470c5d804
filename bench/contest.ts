import type { ChildProcess } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { PicturesQuestion, WorkAnswer, WorkQuestion } from './baselines/messages.ts'
import { requestOnce } from './generators/once.ts'
import type { RunningPeer } from './peers.ts'
import { mainThreadMs, serverCpuMs, untilIdle } from './process-usage.ts'
import { ask } from './processes.ts'
import type { Row } from './scenario.ts'
import type { Job, Service } from './service.ts'
import { median, medians, type Pair, ratios } from './stats.ts'
import type { Workspace } from './workspace.ts'

export type Format = WorkQuestion['format']

const cores = availableParallelism()
/** Twice as many requests in flight as there are cores, so that no core waits for the next one. */
const inFlight = 2 * cores
/** Timeout for derivatives to reach the store, and extra time for their database rows, in milliseconds. */
const storedMs = 30_000
const rowsMs = 300

/** Results of one round of one side. */
export interface WorkRound {
  readonly perSecond: number
  readonly bytes: number
  /** CPU milliseconds per derivative. */
  readonly cpu: number
  /** CPU milliseconds of the main thread alone; NaN where they are not measured. */
  readonly mainThread: number
}

/** All sides of one round. */
export interface ContestRound extends Pair<WorkRound> {
  readonly peers: Readonly<Record<string, WorkRound>>
}

/** The jobs of one round. All sides resize the same pictures; the slow ones do only the first few jobs. */
export interface ContestWork {
  readonly format: Format
  readonly jobs: readonly Job[]
  /** The number of jobs of the bare loop and of the peers; absent: all. */
  readonly jobsOfOthers?: number
}

/** The service over HTTP, a bare loop of the same sharp calls, and other image servers. All render the same jobs. */
export class Contest {
  readonly service: Service
  readonly #workspace: Workspace
  readonly #pictures: readonly string[]
  readonly #imageIds: readonly string[]
  readonly #loop: ChildProcess
  readonly #peers: readonly RunningPeer[]
  /** How many derivatives the store holds once all pending writes are done. */
  #stored: number

  private constructor(
    { workspace, pictures, service }: { workspace: Workspace; pictures: readonly string[]; service: Service },
    { loop, peers, imageIds }: { loop: ChildProcess; peers: RunningPeer[]; imageIds: readonly string[] },
    stored: number,
  ) {
    this.service = service
    this.#workspace = workspace
    this.#pictures = pictures
    this.#imageIds = imageIds
    this.#loop = loop
    this.#peers = peers
    this.#stored = stored
  }

  /** Starts all sides, and waits until the service has processed its uploads. */
  static async start(workspace: Workspace, pictures: readonly string[]): Promise<Contest> {
    const service = await workspace.startService()
    const imageIds = await service.upload(pictures)
    const loop = workspace.startSharpLoop()
    await ask<PicturesQuestion, object>(loop, { pictures })
    const peers = await workspace.startPeers(pictures[0] ?? '')
    await untilIdle(service.pid)
    const stored = (await workspace.storedFiles()).size
    return new Contest({ workspace, pictures, service }, { loop, peers, imageIds }, stored)
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.service.stop(),
      this.#workspace.stop(this.#loop),
      ...this.#peers.map(peer => peer.stop()),
    ])
  }

  /** Lets one side work after the other. */
  async round({ jobs, jobsOfOthers = jobs.length, format }: ContestWork): Promise<ContestRound> {
    const others = jobs.slice(0, jobsOfOthers)
    const darkroom = await this.#runService(format, jobs)
    const baseline = await this.#runLoop(format, others)
    const peers: Record<string, WorkRound> = {}
    for (const peer of this.#peers) peers[peer.peer.name] = await this.#runPeer(peer, format, others)
    return { darkroom, baseline, peers }
  }

  async #runService(format: Format, jobs: readonly Job[]): Promise<WorkRound> {
    const { pid, origin } = this.service
    const paths = await this.service.sign(this.#imageIds, jobs, format)
    const [cpuBefore, mainBefore] = [serverCpuMs(pid), mainThreadMs(pid)]
    const { ms, bytes, misses } = await requestOnce({ origin, paths, connections: inFlight })
    if (misses < jobs.length) throw new Error(`only ${misses} of ${jobs.length} requests were cache misses`)
    this.#stored += jobs.length
    await this.#untilStored()
    const mainThread = (mainThreadMs(pid) - mainBefore) / jobs.length
    const cpu = (serverCpuMs(pid) - cpuBefore) / jobs.length
    return { perSecond: (jobs.length / ms) * 1000, bytes: bytes / jobs.length, cpu, mainThread }
  }

  async #runLoop(format: Format, jobs: readonly Job[]): Promise<WorkRound> {
    const before = serverCpuMs(this.#loop.pid)
    const { ms, bytes } = await ask<WorkQuestion, WorkAnswer>(this.#loop, {
      jobs,
      format,
      concurrency: cores,
    })
    const cpu = (serverCpuMs(this.#loop.pid) - before) / jobs.length
    return {
      perSecond: (jobs.length / ms) * 1000,
      bytes: bytes / jobs.length,
      cpu,
      mainThread: Number.NaN,
    }
  }

  async #runPeer(
    { peer, origin, pid }: RunningPeer,
    format: Format,
    jobs: readonly Job[],
  ): Promise<WorkRound> {
    const paths = jobs.map(({ picture, width }) => peer.path(this.#pictures[picture] ?? '', width, format))
    const before = serverCpuMs(pid)
    const { ms, bytes } = await requestOnce({ origin, paths, connections: inFlight })
    const cpu = (serverCpuMs(pid) - before) / jobs.length
    return {
      perSecond: (jobs.length / ms) * 1000,
      bytes: bytes / jobs.length,
      cpu,
      mainThread: Number.NaN,
    }
  }

  /** Waits until the service has written its derivatives, so that the writes do not slow the other sides down. */
  async #untilStored(): Promise<void> {
    const deadline = Date.now() + storedMs
    while ((await this.#workspace.storedFiles()).size < this.#stored) {
      if (Date.now() > deadline) throw new Error('derivatives did not reach the store')
      await setTimeout(50)
    }
    await setTimeout(rowsMs)
  }
}

/** Conditions for the rows of a contest, as of `Row`: of the CPU time, the throughput and the main thread's time. */
export interface ContestTargets {
  readonly cpu?: number
  readonly throughput?: number
  /** Compared with the fastest of the other image servers. */
  readonly lead?: number
  readonly mainThreadMs?: number
}

/** The rows of a contest: CPU first, as it does not depend on other work on the machine. */
export function contestRows(what: string, rounds: readonly ContestRound[], targets: ContestTargets): Row[] {
  const row = (of: (round: WorkRound) => number) => ({
    ...medians(rounds, of),
    ratios: ratios(rounds, of),
    peers: Object.fromEntries(
      Object.keys(rounds[0]?.peers ?? {}).map(name => [
        name,
        median(rounds.map(({ peers }) => (peers[name] === undefined ? Number.NaN : of(peers[name])))),
      ]),
    ),
  })
  return [
    {
      what: `${what}, CPU ms/derivative`,
      ...row(round => round.cpu),
      ...(targets.cpu !== undefined && { ceiling: targets.cpu }),
    },
    {
      what: `${what}, derivatives/s`,
      ...row(round => round.perSecond),
      ...(targets.throughput !== undefined && { target: targets.throughput }),
      ...(targets.lead !== undefined && { lead: targets.lead }),
    },
    {
      what: `${what}, main-thread ms/derivative`,
      darkroom: median(rounds.map(({ darkroom }) => darkroom.mainThread)),
      ...(targets.mainThreadMs !== undefined && { limit: targets.mainThreadMs }),
    },
  ]
}

/** Notes when the service's files are larger or smaller than those of the bare loop. */
export function byteNotes(what: string, rounds: readonly ContestRound[]): string[] {
  const bytes = medians(rounds, round => round.bytes)
  const same = Math.abs(bytes.darkroom / bytes.baseline - 1) < 0.01
  const [own, bare] = [bytes.darkroom.toFixed(0), bytes.baseline.toFixed(0)]
  return same ? [] : [`${what}: files differ by over 1 %, ${own} and ${bare} bytes`]
}
