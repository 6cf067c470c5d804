import type { ChildProcess } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { BurstQuestion, PicturesQuestion, WorkAnswer } from '../baselines/messages.ts'
import { drawProgressiveJpeg } from '../large-pictures.ts'
import { PeakMemory } from '../peak-memory.ts'
import type { RunningPeer } from '../peers.ts'
import { untilIdle } from '../process-usage.ts'
import { ask } from '../processes.ts'
import { forEach, keptConnections, tryOne } from '../requests.ts'
import type { Row, Scenario } from '../scenario.ts'
import type { Service } from '../service.ts'
import { targets } from '../settings.ts'
import { median } from '../stats.ts'
import { withComment } from '../unique-jpeg.ts'

const widths = Array.from({ length: 64 }, (_, index) => 1400 + index)
/** Time from the end of an upload to the burst, in milliseconds. The ladder takes longer. */
const pauseMs = 2_000
/** Timeout of a response, in milliseconds: longer than any server's own. */
const answerMs = 180_000

interface Burst {
  readonly unanswered: number
  /** Time until the last response, in seconds. */
  readonly seconds: number
  /** Peak resident memory in MB: of the server's process, and with the processes that it has started. */
  readonly megabytes: number
  readonly allMegabytes: number
}

/** Requests many widths of a large progressive JPEG at once, soon after its upload. */
export const burst: Scenario = async (workspace, { burstRounds }) => {
  const jpeg = await drawProgressiveJpeg(7)
  const file = join(workspace.folder, 'pictures', 'burst.jpg')
  await writeFile(file, jpeg)
  const loop = workspace.startSharpLoop()
  await ask<PicturesQuestion, object>(loop, { pictures: [file] })
  const peers = await workspace.startPeers(file)
  const service = await workspace.startService()
  const own: Burst[] = []
  const bare: number[] = []
  const others = new Map(peers.map(({ peer }) => [peer.name, [] as Burst[]]))
  for (let round = 0; round < burstRounds; round++) {
    bare.push(await decodeOnce(loop))
    own.push(await burstOfService(service, withComment(jpeg, `round ${round}`)))
    await untilIdle(service.pid)
    for (const peer of peers) others.get(peer.peer.name)?.push(await burstOfPeer(peer, file))
  }
  await Promise.all([service.stop(), workspace.stop(loop), ...peers.map(peer => peer.stop())])
  return {
    title: `A burst of ${widths.length} clients for ${widths.length} widths of a fresh 5640×3172 progressive JPEG`,
    rows: rowsOf(own, bare, others),
    notes: [
      'baseline: one decoding at half the size, and 64 times resizing and encoding; the process serves all rounds',
    ],
  }
}

function rowsOf(
  own: readonly Burst[],
  bare: readonly number[],
  others: ReadonlyMap<string, readonly Burst[]>,
): Row[] {
  const row = (of: (burst: Burst) => number, over: (values: readonly number[]) => number) => ({
    darkroom: over(own.map(of)),
    peers: Object.fromEntries([...others].map(([name, bursts]) => [name, over(bursts.map(of))])),
  })
  const most = (values: readonly number[]) => Math.max(...values)
  const { unanswered, wall, megabytes } = targets.burst
  return [
    { what: 'requests without an image', ...row(each => each.unanswered, most), limit: unanswered },
    {
      what: 's until the last response',
      ...row(each => each.seconds, median),
      baseline: median(bare),
      ratios: own.map(({ seconds }, index) => seconds / (bare[index] ?? Number.NaN)),
      ceiling: wall,
    },
    { what: 'peak RSS in MB, largest of all rounds', ...row(each => each.megabytes, most), limit: megabytes },
    { what: 'peak RSS in MB with child processes', ...row(each => each.allMegabytes, most) },
  ]
}

async function burstOfService(service: Service, jpeg: Blob): Promise<Burst> {
  const imageId = await service.uploadOne(jpeg, 'burst.jpg')
  const path = await service.signAny(imageId)
  await setTimeout(pauseMs)
  return requestAll(
    service,
    widths.map(width => path(width, 80)),
  )
}

const burstOfPeer = (running: RunningPeer, file: string): Promise<Burst> =>
  requestAll(
    running,
    widths.map(width => running.peer.path(file, width, 'jpg')),
  )

async function requestAll(
  { origin, pid }: { readonly origin: string; readonly pid: number | undefined },
  paths: readonly string[],
): Promise<Burst> {
  const agent = keptConnections(paths.length)
  const memory = new PeakMemory(pid)
  const begun = performance.now()
  const statuses = await forEach(paths, paths.length, path =>
    tryOne(origin + path, agent, answerMs).then(
      ({ status }) => status,
      () => 0,
    ),
  )
  const seconds = (performance.now() - begun) / 1000
  agent.destroy()
  return { unanswered: statuses.filter(status => status !== 200).length, seconds, ...memory.stop() }
}

/** @returns seconds */
async function decodeOnce(loop: ChildProcess): Promise<number> {
  const question = { burst: 0, widths, concurrency: availableParallelism() }
  return (await ask<BurstQuestion, WorkAnswer>(loop, question)).ms / 1000
}
